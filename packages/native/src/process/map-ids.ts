import { execFile } from 'node:child_process'
import { ExecdError } from '@execd/core/driver'
import type { IdMapping } from '@execd/linux/rootless'
import type { UserNamespace } from '../isolation/id-map.js'

const TIMEOUT_MS = 10_000

function run(tool: string, pid: number, maps: readonly IdMapping[]): Promise<void> {
  const args = [String(pid), ...maps.flatMap((map) => [map.containerID, map.hostID, map.size].map(String))]
  return new Promise((resolve, reject) => {
    execFile(tool, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
      if (error === null) return resolve()
      reject(
        new ExecdError(
          'EXECD_NAMESPACE',
          `${tool} could not write the id map: ${stderr.trim() || error.message}`,
          {
            hint: 'the ranges must be granted in /etc/subuid and /etc/subgid, and newuidmap and newgidmap be set-user-ID root or have CAP_SETUID and CAP_SETGID (package uidmap)',
            details: { driver: 'native', program: tool, path: 'namespaces.uidMappings' },
            cause: error,
          },
        ),
      )
    })
  })
}

/** Writes the id maps of a new user namespace with newuidmap(1) and newgidmap(1), which may map the ranges of subuid(5). */
export async function mapIds(pid: number, userNamespace: UserNamespace): Promise<void> {
  await Promise.all([run('newuidmap', pid, userNamespace.uid), run('newgidmap', pid, userNamespace.gid)])
}
