import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TestUser } from '@execd/test-support'

const BIN = fileURLToPath(new URL('../../bin/execd-conformance.mjs', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line of the kit, as this user or another. `first`: what a shell does before. */
export async function runCommand(args: readonly string[], user?: TestUser, first = ':'): Promise<Ended> {
  const command = [process.execPath, BIN, ...args]
  const as =
    user === undefined
      ? []
      : ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups', '--']
  const env = user === undefined ? process.env : { PATH: process.env.PATH, HOME: user.home }
  const child = spawn('sh', ['-c', `${first} && exec "$@"`, 'sh', ...as, ...command], {
    cwd: PACKAGE,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = [[] as Buffer[], [] as Buffer[]]
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}
