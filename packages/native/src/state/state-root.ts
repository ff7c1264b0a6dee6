import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ownRuntimeFolder } from '@execd/linux/rootless'
import { Folder } from './folder.js'

/** Where the state of a driver is, when no option says so: a folder that a reboot empties. `runtimeFolder`: the user's own one. Pure. */
export function defaultStateDir(uid: number, runtimeFolder: string | null): string {
  if (uid === 0) return '/run/execd/native'
  return runtimeFolder === null ? `/tmp/execd-${uid}/native` : `${runtimeFolder}/execd/native`
}

/** What drivers with the same state folder know of each other: who lives, and the detached containers. */
export interface StateRoot {
  readonly path: string
  /** One file for each driver that may have containers. */
  readonly owners: Folder
  /** One folder for each detached container. */
  readonly containers: Folder
  close(): void
}

/** Opens the state folder, which is made when it is missing. Throws EXECD_HOST when it is not to be trusted. */
export function openStateRoot(option: string | null): StateRoot {
  const path = option ?? defaultStateDir(process.geteuid?.() ?? 0, ownRuntimeFolder())
  const parent = dirname(path)
  if (option === null) Folder.own(parent, { secret: true }).close()
  else mkdirSync(parent, { recursive: true, mode: 0o700 })
  const root = Folder.own(path, { secret: option === null })
  const opened: Folder[] = []
  const inner = (name: string): Folder => {
    const folder = Folder.own(root.at(name), { shownAs: `${path}/${name}`, secret: true })
    opened.push(folder)
    return folder
  }
  const close = (): void => {
    for (const folder of opened.splice(0)) folder.close()
  }
  try {
    return { path, owners: inner('owners'), containers: inner('containers'), close }
  } catch (error) {
    close()
    throw error
  } finally {
    root.close()
  }
}
