import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chownTree, ownCgroups, type TestUser } from '@execd/test-support'
import { installExecd } from './copy.js'
import { Terminal } from './tmux.js'

/** A shell in a real terminal, with `execd` on its PATH. */
export interface Session {
  readonly terminal: Terminal
  close(): Promise<void>
}

/** Opens a session of this user, or of another on a copy of the packages. */
export async function openSession(user?: TestUser): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'execd-session-'))
  chmodSync(folder, 0o755)
  for (const name of ['state', 'home', 'run']) mkdirSync(join(folder, name))
  installExecd(folder, user)
  if (user !== undefined) for (const name of ['state', 'home', 'run']) chownTree(join(folder, name), user)
  const cgroups = ownCgroups()
  const parent = user === undefined ? cgroups.parent : undefined
  const shell = [...asUser(user), 'env', '-i', ...environment(folder, parent), 'sh']
  const terminal = await Terminal.open(join(folder, 'tmux'), { program: shell, width: 100, height: 30 })
  await terminal.see(/^\$$/m) // what is typed before the prompt is echoed twice
  return {
    terminal,
    close: async () => {
      await terminal.close()
      const [program = '', ...words] = shell
      // What a session that failed left: it would go on.
      spawnSync(program, [
        ...words,
        '-c',
        'ids=$(execd ps --all --quiet); [ -z "$ids" ] || execd rm --force $ids',
      ])
      await cgroups.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function asUser(user: TestUser | undefined): string[] {
  if (user === undefined) return []
  return ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups', '--']
}

function environment(folder: string, cgroupParent: string | undefined): string[] {
  const options = { stateDir: join(folder, 'run/native'), cgroupParent }
  return [
    `PATH=${join(folder, 'bin')}:${process.env.PATH}`,
    `HOME=${join(folder, 'home')}`,
    `EXECD_STATE_DIR=${join(folder, 'state')}`,
    `XDG_RUNTIME_DIR=${join(folder, 'run')}`,
    'EXECD_DRIVER=native',
    `EXECD_DRIVER_OPTIONS=${JSON.stringify(options)}`,
    'TERM=screen',
    'PS1=$ ',
    'ENV=',
  ]
}
