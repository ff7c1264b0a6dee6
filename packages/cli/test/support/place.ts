import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildRootfs } from '@execd/conformance'
import { ownCgroups } from '@execd/test-support'
import { type Ended, execd, type RunOptions } from './execd.js'

/** A driver as the command line is told of it. */
export interface PlaceDriver {
  /** As `--driver` names it. */
  readonly name: string
  /** Options beside those of its place. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Words of `execd run` that it needs. */
  readonly run?: readonly string[]
}

const FAKE = fileURLToPath(new URL('./fake-plugin.js', import.meta.url))

/** The fake driver: it isolates nothing. */
const FAKE_DRIVER: PlaceDriver = {
  name: FAKE,
  run: ['--pid=host', '--ipc=host', '--uts=host', '--cgroupns=host', '--network=host'].concat([
    '--security-opt=seccomp=unconfined',
    '--security-opt=systempaths=unconfined',
    '--skip-unsupported=process',
  ]),
}

/** A place where detached containers of a driver live, apart from all others. */
export interface Place {
  readonly folder: string
  /** Any command, on this place. */
  execd(args: readonly string[], options?: RunOptions): Promise<Ended>
  /** `execd run` with what the driver needs. */
  run(...words: string[]): Promise<Ended>
  /** Ends all that is left, and removes the place. */
  leave(): Promise<void>
}

export async function makePlace(driver: PlaceDriver | 'fake'): Promise<Place> {
  const { name, options, run = [] } = driver === 'fake' ? FAKE_DRIVER : driver
  const folder = mkdtempSync(join(tmpdir(), 'execd-cli-'))
  const rootfs = buildRootfs()
  const cgroups = ownCgroups()
  const state = join(folder, 'driver')
  const own = name === FAKE ? { state } : { stateDir: state, cgroupParent: cgroups.parent }
  const words = ['--driver', name, '--driver-options', JSON.stringify({ ...own, ...options })]
  const env = { EXECD_STATE_DIR: join(folder, 'state') }
  const call = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
    execd([...words, ...args], { ...options, env: { ...env, ...options.env } })
  return {
    folder,
    execd: call,
    run: (...more) => call(['run', '--rootfs', rootfs.path, ...run, ...more]),
    leave: async () => {
      const { stdout } = await call(['ps', '--all', '--quiet'])
      const ids = stdout.split('\n').filter((id) => id !== '')
      if (ids.length > 0) await call(['rm', '--force', ...ids])
      await cgroups.remove()
      rootfs.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
