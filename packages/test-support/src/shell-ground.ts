import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownCgroups } from './own-cgroups.js'

/** Where lines for a shell are typed that use `execd`, over `native`, apart from all other containers of the host. */
export class ShellGround {
  readonly #folder = mkdtempSync(join(tmpdir(), 'execd-shell-'))
  readonly #cgroups = ownCgroups()

  /** `bin`: the script of the command line. */
  constructor(bin: string) {
    mkdirSync(join(this.#folder, 'bin'))
    const program = `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`
    writeFileSync(join(this.#folder, 'bin/execd'), program, { mode: 0o755 })
  }

  /** What lines print, stdout and stderr together, in a home and a working folder of their own. Detached containers that they leave are removed. */
  print(shell: string): string {
    const home = mkdtempSync(join(this.#folder, 'home-'))
    const work = join(home, 'work')
    mkdirSync(work)
    const state = join(home, 'state')
    const options = { stateDir: join(home, 'native'), cgroupParent: this.#cgroups.parent }
    const env = {
      PATH: `${join(this.#folder, 'bin')}:${process.env.PATH}`,
      HOME: home,
      EXECD_STATE_DIR: state,
      EXECD_DRIVER: 'native',
      EXECD_DRIVER_OPTIONS: JSON.stringify(options),
    }
    const type = (lines: string) =>
      spawnSync('sh', ['-c', `exec 2>&1\n${lines}`], { cwd: work, encoding: 'utf8', env }).stdout
    const printed = type(shell)
    if (existsSync(state) && readdirSync(state).length > 0) type('execd rm --force $(execd ps --all --quiet)')
    return printed
  }

  /** Removes it, with all that still runs in it. */
  async leave(): Promise<void> {
    await this.#cgroups.remove()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
