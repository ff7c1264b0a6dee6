import { lstatSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '@execd/linux/errno'
import { ownRuntimeFolder } from '@execd/linux/rootless'
import { lxcError } from '../errors.js'
import { isRoot } from './user.js'

/** An ordinary user's folder that a reboot empties, where there is none of the system's. */
function spareFolder(): string {
  return `/tmp/execd-${process.geteuid?.()}`
}

/** What is `XDG_RUNTIME_DIR` of the tools; LXC as root goes by /run (utils.c, get_rundir). */
export const RUNTIME_FOLDER = isRoot() ? '/run' : (ownRuntimeFolder() ?? spareFolder())

/** Where LXC itself keeps locks and the monitor's FIFO. */
const RUN_DIR = `${RUNTIME_FOLDER}/lxc`

/** Makes what a login would have made, and looks whose it is. Throws EXECD_HOST when somebody else has it. */
export function ownRuntime(): void {
  if (RUNTIME_FOLDER !== spareFolder()) return
  mkdirSync(RUNTIME_FOLDER, { recursive: true, mode: 0o711 })
  const { uid } = lstatSync(RUNTIME_FOLDER)
  if (uid !== process.geteuid?.())
    throw lxcError('EXECD_HOST', `${RUNTIME_FOLDER} belongs to the user ${uid}`, {
      hint: 'remove it, or set XDG_RUNTIME_DIR to a folder of your own',
      details: { step: 'look at the runtime folder' },
    })
}

/** The folder of the FIFO that LXC's monitors report to, for containers of a state folder (monitor.c). */
export function monitorFolder(stateDir: string): string {
  return `${RUN_DIR}${stateDir}`
}

function lockFolder(stateDir: string): string {
  return `${RUN_DIR}/lock${stateDir}`
}

/** Removes the lock that LXC leaves of each container (lxclock.c). */
export function removeLock(stateDir: string, id: string): void {
  rmSync(`${lockFolder(stateDir)}/.${id}`, { force: true })
}

/** Removes all that is left of a state folder, and the folders above it that are empty then. */
export function removeRunDirs(stateDir: string): void {
  for (const folder of [monitorFolder(stateDir), lockFolder(stateDir)]) {
    rmSync(folder, { recursive: true, force: true })
    for (let above = dirname(folder); above.length > RUN_DIR.length; above = dirname(above)) {
      try {
        rmdirSync(above)
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') break // in use by others
      }
    }
  }
}
