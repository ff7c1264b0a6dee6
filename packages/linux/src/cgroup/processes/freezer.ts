import { ExecdError } from '@execd/core/driver'
import { errnoOf } from '../../errno/index.js'
import { waitUntil } from '../../wait/index.js'
import { groupFileError } from '../errors.js'
import { readText, writeText } from '../files.js'
import { flatKeyed } from '../parse.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'

/** The file that freezes, what to write, and how a frozen group is told. */
interface Freezer {
  readonly file: string
  readonly freeze: string
  readonly thaw: string
  readonly isFrozen: () => Promise<boolean>
}

/**
 * Stops every process of the groups and resolves when all are stopped. Throws EXECD_TIMEOUT, with everything running again, when
 * that takes longer than `timeoutMs`; EXECD_UNSUPPORTED when the container has no freezer; EXECD_NOT_RUNNING when it is gone.
 */
export async function freeze(paths: CgroupPaths, timeoutMs: number): Promise<void> {
  const freezer = freezerOf(paths)
  const end = performance.now() + timeoutMs
  try {
    let frozen = false
    while (!frozen) {
      const left = end - performance.now()
      if (left <= 0) break
      await writeText(freezer.file, freezer.freeze)
      // A v1 group can stay in FREEZING, when a process forked at the wrong moment; asking again mends it (freezer-subsystem.rst).
      frozen = await waitUntil(freezer.isFrozen, Math.min(left, RETRY_MS))
    }
    if (frozen) return
    await writeText(freezer.file, freezer.thaw)
  } catch (error) {
    throw freezerError('freeze', error)
  }
  throw new ExecdError('EXECD_TIMEOUT', `the container could not be frozen in ${timeoutMs} ms; it goes on`, {
    hint: 'a process of it waits in the kernel (state D in ps), for example for a disk or a network file system; try again later',
    details: { step: 'freeze', timeout: timeoutMs },
  })
}

const RETRY_MS = 200

/** Lets the processes go on. Not an error when they are not frozen. Throws as `freeze` does, but for the time-out. */
export async function thaw(paths: CgroupPaths): Promise<void> {
  const freezer = freezerOf(paths)
  try {
    await writeText(freezer.file, freezer.thaw)
  } catch (error) {
    throw freezerError('thaw', error)
  }
}

/** Whether the container has groups that can be frozen. Always on v2 (since 5.2). */
export function hasFreezer(paths: CgroupPaths): boolean {
  return (paths.version === 2 ? paths.dirs.unified : paths.dirs.freezer) !== undefined
}

/** Whether the groups are frozen now. False for those that cannot be, or are gone. */
export async function isFrozen(paths: CgroupPaths): Promise<boolean> {
  return hasFreezer(paths) && freezerOf(paths).isFrozen()
}

function freezerOf(paths: CgroupPaths): Freezer {
  const dir = paths.version === 2 ? paths.dirs.unified : paths.dirs.freezer
  if (dir === undefined) {
    const hint = 'run it as root, or where the freezer hierarchy is writable'
    throw new ExecdError('EXECD_UNSUPPORTED', 'the container is in no freezer cgroup', {
      hint,
      details: { step: 'freeze' },
    })
  }
  if (paths.version === 2) {
    const isFrozen = async () => flatKeyed(await readText(joinPath(dir, 'cgroup.events'))).frozen === 1
    return { file: joinPath(dir, 'cgroup.freeze'), freeze: '1', thaw: '0', isFrozen }
  }
  const file = joinPath(dir, 'freezer.state')
  return {
    file,
    freeze: 'FROZEN',
    thaw: 'THAWED',
    isFrozen: async () => (await readText(file))?.trim() === 'FROZEN',
  }
}

function freezerError(step: string, error: unknown): ExecdError {
  const errno = errnoOf(error)
  if (errno === 'ENOENT' || errno === 'ENODEV') {
    const hint = 'it has ended: wait() tells how'
    return new ExecdError('EXECD_NOT_RUNNING', 'the cgroup of the container is gone', {
      hint,
      details: { step, errno },
    })
  }
  return groupFileError(`could not ${step} the container`, errno, error)
}
