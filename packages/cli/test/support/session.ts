import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chownTree, copyPackages, nodeFor, type TestUser } from '@execd/test-support'
import { Terminal } from './tmux.js'

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/** A shell in a real terminal, with `execd` on its PATH. */
export interface Session {
  readonly terminal: Terminal
  close(): Promise<void>
}

/** Opens a session of this user, or of another on a copy of the packages. */
export async function openSession(user?: TestUser): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'execd-session-'))
  chmodSync(folder, 0o755)
  for (const name of ['bin', 'state', 'home', 'run']) mkdirSync(join(folder, name))
  const bin = user === undefined ? join(PACKAGE, 'bin/execd.mjs') : copyFor(folder)
  const node = user === undefined ? process.execPath : nodeFor(user, folder)
  writeFileSync(join(folder, 'bin/execd'), `#!/bin/sh\nexec '${node}' '${bin}' "$@"\n`, { mode: 0o755 })
  if (user !== undefined) for (const name of ['state', 'home', 'run']) chownTree(join(folder, name), user)
  const terminal = await Terminal.open(join(folder, 'tmux'), {
    program: [...asUser(user), 'env', '-i', ...environment(folder), 'sh'],
    width: 100,
    height: 30,
  })
  return {
    terminal,
    close: async () => {
      await terminal.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function asUser(user: TestUser | undefined): string[] {
  if (user === undefined) return []
  return ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups', '--']
}

function environment(folder: string): string[] {
  return [
    `PATH=${join(folder, 'bin')}:${process.env.PATH}`,
    `HOME=${join(folder, 'home')}`,
    `EXECD_STATE_DIR=${join(folder, 'state')}`,
    `XDG_RUNTIME_DIR=${join(folder, 'run')}`,
    'EXECD_DRIVER=native',
    'TERM=screen',
    'PS1=$ ',
    'ENV=',
  ]
}

/** The command line and the driver, where the user can read them. Gives the path of the program. */
function copyFor(folder: string): string {
  const native = dirname(createRequire(join(PACKAGE, 'package.json')).resolve('@execd/native/package.json'))
  copyPackages({ '@execd/cli': PACKAGE, '@execd/native': native }, join(folder, 'packages'))
  return join(folder, 'packages/node_modules/@execd/cli/bin/execd.mjs')
}
