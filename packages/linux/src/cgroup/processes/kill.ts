import { readFileSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { type CleanupProblem, ExecdError } from '@execd/core/driver'
import { errnoOf } from '../../errno/index.js'
import { waitUntil } from '../../wait/index.js'
import { groupFileError } from '../errors.js'
import { groupTree, readText, writeText } from '../files.js'
import { flatKeyed } from '../parse.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'
import { freeze, hasFreezer, thaw } from './freezer.js'
import { pidsBelow, wholeGroup } from './pids.js'

const FREEZE_MS = 200

/**
 * Kills everything in the groups, frozen or not, and resolves when they are empty. Throws EXECD_TIMEOUT when
 * something is left after `timeoutMs`. Not an error when the groups are gone. `name`: of the group that all are in, where the paths lead to it by a descriptor.
 */
export async function emptyGroups(paths: CgroupPaths, timeoutMs: number, name?: string): Promise<void> {
  const group = wholeGroup(paths)
  if (group === null) return
  const pass = async (): Promise<boolean> => {
    if (await isEmpty(paths, group)) return true
    await killPass(paths, group, name ?? group.slice(group.lastIndexOf('/') + 1))
    return isEmpty(paths, group)
  }
  if (await waitUntil(pass, timeoutMs)) return
  const pids = await pidsBelow(group)
  throw new ExecdError('EXECD_TIMEOUT', `processes are left in ${group} after ${timeoutMs} ms of killing`, {
    hint: 'they wait in the kernel (state D in ps), for example for a disk or a network file system',
    details: { step: 'kill', pids, timeout: timeoutMs },
  })
}

/**
 * Removes the groups and all below them, which must be empty. Busy ones are tried until `timeoutMs`; those that stay are in the result. Not an error
 * when they are gone.
 */
export async function removeGroups(paths: CgroupPaths, timeoutMs: number): Promise<CleanupProblem[]> {
  const left: CleanupProblem[] = []
  for (const dir of new Set([...Object.values(paths.dirs), ...(paths.late ?? [])])) {
    let problem: unknown = null
    const removed = await waitUntil(async () => {
      problem = await removeTree(dir)
      return problem === null
    }, timeoutMs)
    // one that is busy is no reason to leave the others
    if (!removed) left.push({ step: `remove the cgroup ${dir}`, errno: errnoOf(problem) })
  }
  return left
}

/** Null, or the error of the first group that could not be removed. */
async function removeTree(dir: string): Promise<unknown> {
  for (const group of (await groupTree(dir)).reverse()) {
    try {
      await rmdir(group)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return error
    }
  }
  return null
}

async function isEmpty(paths: CgroupPaths, group: string): Promise<boolean> {
  if (paths.version === 1) return (await countBelow(group)) === 0
  const populated = flatKeyed(await readText(joinPath(group, 'cgroup.events'))).populated
  return populated === undefined || populated === 0
}

/** Counts also processes that have no id here. */
async function countBelow(group: string): Promise<number> {
  const texts = await Promise.all(
    (await groupTree(group)).map((dir) => readText(joinPath(dir, 'cgroup.procs'))),
  )
  return texts.flatMap((text) => (text ?? '').split('\n')).filter((line) => line !== '').length
}

async function killPass(paths: CgroupPaths, group: string, name: string): Promise<void> {
  if (paths.version === 2 && (await killWhole(group))) return
  // Frozen processes neither fork nor end, so an id read meanwhile stays theirs. v1 acts on the signal when thawed.
  const frozen = hasFreezer(paths) && (await tryFreeze(paths))
  for (const pid of await pidsBelow(group)) killMember(pid, name)
  if (frozen) await thawInner(group)
  if (frozen) await thaw(paths).catch(ignoreGone)
}

/** cgroup.kill takes forks in flight too. False before Linux 5.14, which has no such file. */
async function killWhole(group: string): Promise<boolean> {
  try {
    await writeText(joinPath(group, 'cgroup.kill'), '1')
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw groupFileError(`could not kill the processes of ${group}`, errnoOf(error), error)
  }
}

async function tryFreeze(paths: CgroupPaths): Promise<boolean> {
  try {
    await freeze(paths, FREEZE_MS)
    return true
  } catch {
    return false // stuck or gone: killed as it runs, and tried again
  }
}

/** A privileged container may have frozen a group of its own (v1), where the signal would wait for ever. */
async function thawInner(group: string): Promise<void> {
  const [, ...inner] = await groupTree(group)
  for (const dir of inner) await writeText(joinPath(dir, 'freezer.state'), 'THAWED').catch(() => {}) // gone, or v2
}

/** A process may have left since the list was read and its id be another's: asked again in the moment of the kill. */
function killMember(pid: number, name: string): void {
  if (pid <= 1 || pid === process.pid) return
  try {
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
    if (groups.some((line) => isBelow(line, name))) process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ESRCH')
      throw groupFileError(`could not kill ${pid}`, errnoOf(error), error)
  }
}

/** Whether a line of /proc/PID/cgroup names the group or one below it, wherever the hierarchy is mounted and whatever its root. */
function isBelow(line: string, name: string): boolean {
  const path = /^\d+:[^:]*:(.*)$/.exec(line)?.[1]
  if (path === undefined || path === '/') return false
  return path.split('/').includes(name)
}

function ignoreGone(error: unknown): void {
  if (!ExecdError.is(error, 'EXECD_NOT_RUNNING')) throw error
}
