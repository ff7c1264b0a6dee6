import { mkdir, readdir, rmdir } from 'node:fs/promises'
import { errnoOf } from '../../errno/index.js'
import { groupFileError } from '../errors.js'
import { enableText, readText, writeText } from '../files.js'
import { joinPath } from '../text.js'
import type { CgroupFacts, CgroupPlace, ParentGroup } from '../types.js'
import { parentDir } from './paths.js'

/** Controllers whose files are wanted. Each is switched on for the groups of containers (v2), which costs nothing without limits. */
const WANTED = ['memory', 'pids', 'cpu', 'cpuset', 'io']

/**
 * Finds what the kernel offers for groups at a place, by looking at the parent group itself, which is made when missing (the top
 * of a hierarchy lacks most files). For the start of a driver, not of each container. Throws EXECD_CGROUP.
 */
export async function readFacts(place: CgroupPlace): Promise<CgroupFacts> {
  const files = new Set<string>()
  for (const parent of place.parents) {
    try {
      for (const name of await filesOfGroup(place, parent)) files.add(name)
    } catch (error) {
      throw groupFileError(`could not prepare the cgroup ${parentDir(parent)}`, errnoOf(error), error)
    }
  }
  return { files, ...(await kernelFacts(place)) }
}

/** The same but for the files, for who makes its groups otherwise: nothing is made or written. */
export async function kernelFacts(place: CgroupPlace): Promise<Omit<CgroupFacts, 'files'>> {
  const swaps = (await readText('/proc/swaps')) ?? ''
  const memory = place.parents.find((parent) => parent.controllers.includes('memory'))
  const useHierarchy = memory && (await readText(joinPath(memory.top, 'memory.use_hierarchy')))
  return {
    swapAreas: swaps.trim().split('\n').length > 1, // after a line of headings
    hierarchical: place.version === 2 || useHierarchy?.trim() !== '0',
  }
}

async function filesOfGroup(place: CgroupPlace, parent: ParentGroup): Promise<string[]> {
  if (place.version === 2) await enable(parent.top, parent)
  for (const index of parent.names.keys()) {
    const dir = joinPath(parent.top, ...parent.names.slice(0, index + 1))
    await mkdir(dir).catch(ignoreExisting)
    if (place.version === 2) await enable(dir, parent)
  }
  if (parent.names.length > 0) return readdir(parentDir(parent))
  // The parent is an existing group, perhaps the top of the hierarchy: a group below it shows what containers will have.
  const sample = joinPath(parent.top, `execd-sample-${process.pid}`)
  await mkdir(sample).catch(ignoreExisting)
  try {
    return await readdir(sample)
  } finally {
    await rmdir(sample)
  }
}

async function enable(dir: string, parent: ParentGroup): Promise<void> {
  const controllers = WANTED.filter((controller) => parent.controllers.includes(controller))
  if (controllers.length > 0)
    await writeText(joinPath(dir, 'cgroup.subtree_control'), enableText(controllers))
}

function ignoreExisting(error: unknown): void {
  if (errnoOf(error) !== 'EEXIST') throw error
}
