import { rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '@execd/linux/errno'

/** Where LXC itself keeps locks and the monitor's FIFO for root (utils.c, get_rundir). */
const RUN_DIR = '/run/lxc'

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
