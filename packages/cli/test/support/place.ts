import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildRootfs } from '@execd/conformance'
import { type Ended, execd, type RunOptions } from './execd.js'

const FAKE = fileURLToPath(new URL('./fake-plugin.js', import.meta.url))

/** What the fake driver cannot do of what a command asks for by default. */
const FOR_FAKE = ['--pid=host', '--ipc=host', '--uts=host', '--cgroupns=host', '--network=host'].concat([
  '--security-opt=seccomp=unconfined',
  '--security-opt=systempaths=unconfined',
  '--skip-unsupported=process',
])

/** It rotates no files of detached containers. */
const FOR_FAKE_DETACHED = '--log-opt=max-size=unlimited'

/** Which driver a place is of: the fake one, or the real one. */
export type PlaceDriver = 'fake' | 'native'

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

export async function makePlace(name: PlaceDriver): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'execd-cli-'))
  const rootfs = await buildRootfs()
  const state = join(folder, 'driver')
  const [plugin, options, extra] =
    name === 'fake' ? [FAKE, { state }, FOR_FAKE] : [name, { stateDir: state }, []]
  const driver = ['--driver', plugin, '--driver-options', JSON.stringify(options)]
  const env = { EXECD_STATE_DIR: join(folder, 'state') }
  const call = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
    execd([...driver, ...args], { ...options, env: { ...env, ...options.env } })
  return {
    folder,
    execd: call,
    run: (...words) => {
      const log = name === 'fake' && words.includes('-d') ? [FOR_FAKE_DETACHED] : []
      return call(['run', '--rootfs', rootfs.path, ...extra, ...log, ...words])
    },
    leave: async () => {
      const { stdout } = await call(['ps', '--all', '--quiet'])
      const ids = stdout.split('\n').filter((id) => id !== '')
      if (ids.length > 0) await call(['rm', '--force', ...ids])
      rootfs.remove()
      rmSync(folder, { recursive: true })
    },
  }
}
