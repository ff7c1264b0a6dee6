import { existsSync } from 'node:fs'
import { ExecdError, type Resources } from '@execd/core/driver'
import { errnoOf } from '../../errno/index.js'
import { limitError } from '../errors.js'
import { childNames, enableText, readText, writeText } from '../files.js'
import { controllersOf } from '../limits/limits.js'
import { MIRRORED_FILES } from '../limits/limits-v2.js'
import { numberOf } from '../parse.js'
import { joinPath } from '../text.js'
import type { CgroupFacts, CgroupPaths, LimitWrite } from '../types.js'
import { updateWrites } from './update-plan.js'
import { oldValue } from './update-undo.js'

interface Undo {
  readonly path: string
  readonly data: string
}

/**
 * Changes the limits of a running container: what is null, empty or false stays. Wholly or not at all: when the kernel refuses a
 * value those written before it are put back. Throws EXECD_LIMIT (with the field), EXECD_UNSUPPORTED,
 * EXECD_CGROUP, or EXECD_NOT_RUNNING when the groups are gone.
 */
export async function updateLimits(
  paths: CgroupPaths,
  resources: Resources,
  facts: CgroupFacts,
  id: string,
): Promise<void> {
  const writes = await updateWrites(paths, resources, facts)
  if (paths.version === 2) await enableControllers(paths, writes, id)
  const undo: Undo[] = []
  for (const write of writes) {
    for (const dir of await targets(paths, write)) {
      try {
        await change(dir, write, undo)
      } catch (error) {
        if (!existsSync(dir)) throw hasEnded(id, error)
        const kept = await putBack(undo)
        const problem = limitError(write, errnoOf(error), id, error)
        if (kept.length > 0) problem.message += `; could not put back ${kept.join(', ')}`
        throw problem
      }
    }
  }
}

function hasEnded(id: string, cause: unknown): ExecdError {
  return new ExecdError('EXECD_NOT_RUNNING', `the container ${id} has ended`, {
    details: { driver: 'native', container: id },
    cause,
  })
}

/** The directories whose file is written: the container's own, and on v2 the groups below it that repeat the value. */
async function targets(paths: CgroupPaths, write: LimitWrite): Promise<string[]> {
  const own = paths.dirs[paths.version === 2 ? 'unified' : write.controller]
  if (own === undefined) return []
  if (paths.version === 1 || !MIRRORED_FILES.has(write.file)) return [own]
  const below = (await childNames(own)).map((name) => joinPath(own, name))
  const has = await Promise.all(below.map((dir) => readText(joinPath(dir, write.file))))
  return [own, ...below.filter((_, index) => has[index] !== null)]
}

async function change(dir: string, write: LimitWrite, undo: Undo[]): Promise<void> {
  const path = joinPath(dir, write.file)
  const old = oldValue(write, (await readText(path)) ?? '')
  if (write.file === 'memory.max') await reclaimBelow(dir, Number(write.data))
  await writeText(path, write.data)
  if (old !== null) undo.push({ path, data: old })
}

/**
 * v2 kills when memory.max is set below what is in use, where v1 refuses. memory.high makes the kernel reclaim without killing:
 * set for a moment, it shows whether the new limit can hold; EBUSY when not.
 */
async function reclaimBelow(dir: string, limit: number): Promise<void> {
  const current = async () => numberOf(await readText(joinPath(dir, 'memory.current'))) ?? 0
  if (!Number.isFinite(limit) || (await current()) <= limit) return
  const file = joinPath(dir, 'memory.high')
  const old = (await readText(file))?.trim() ?? 'max'
  await writeText(file, String(limit))
  const left = await current()
  await writeText(file, old)
  if (left > limit) throw Object.assign(new Error(`${left} bytes are in use`), { code: 'EBUSY' })
}

/** The files that could not be put back. */
async function putBack(undo: readonly Undo[]): Promise<string[]> {
  const kept: string[] = []
  for (const { path, data } of [...undo].reverse()) {
    await writeText(path, data).catch(() => kept.push(path))
  }
  return kept
}

/** Passes controllers that the limits need on from the place's top group down to the container's group. */
async function enableControllers(
  paths: CgroupPaths,
  writes: readonly LimitWrite[],
  id: string,
): Promise<void> {
  const { top, dirs } = paths
  const own = dirs.unified
  if (top === undefined || own === undefined || !own.startsWith(`${top}/`)) return
  const missing: LimitWrite[] = []
  for (const write of writes) {
    if ((await readText(joinPath(own, write.file))) === null) missing.push(write)
  }
  const [first] = missing
  if (first === undefined) return
  const names = own.slice(top.length + 1).split('/')
  for (const index of names.keys()) {
    const file = joinPath(top, ...names.slice(0, index), 'cgroup.subtree_control')
    try {
      await writeText(file, enableText(controllersOf(missing)))
    } catch (error) {
      throw limitError(first, errnoOf(error), id, error)
    }
  }
}
