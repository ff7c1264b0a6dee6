import { readText } from '../files.js'
import { joinPath } from '../text.js'
import type { LimitWrite, ParentGroup } from '../types.js'

const FILES = ['cpuset.cpus', 'cpuset.mems'] as const

/** One group on the way to a container's, from the top down, with what its cpuset files hold ("" when empty or missing). */
export interface CpusetGroup {
  readonly dir: string
  readonly cpus: string
  readonly mems: string
}

/** A file of a parent group that must be filled before a process can join a group below it. */
export interface CpusetFill {
  readonly dir: string
  readonly file: string
  readonly data: string
}

/** Reads the cpuset of `parent.top` and of each group below it down to the container's parent. v1 only. */
export async function readCpusetChain(parent: ParentGroup): Promise<CpusetGroup[]> {
  const chain: CpusetGroup[] = []
  for (let depth = 0; depth <= parent.names.length; depth += 1) {
    const dir = joinPath(parent.top, ...parent.names.slice(0, depth))
    const [cpus, mems] = await Promise.all(FILES.map((file) => readText(joinPath(dir, file))))
    chain.push({ dir, cpus: cpus?.trim() ?? '', mems: mems?.trim() ?? '' })
  }
  return chain
}

/**
 * A new v1 cpuset is empty and lets no process in (cpuset(7)): empty groups of the chain get what the group above them has,
 * and the container's own group what its limits do not say. Pure.
 */
export function cpusetFills(
  chain: readonly CpusetGroup[],
  writes: readonly LimitWrite[],
): { readonly parents: CpusetFill[]; readonly own: LimitWrite[] } {
  const parents: CpusetFill[] = []
  const own: LimitWrite[] = []
  for (const file of FILES) {
    let inherited = ''
    for (const group of chain) {
      const value = file === 'cpuset.cpus' ? group.cpus : group.mems
      if (value === '' && inherited !== '') parents.push({ dir: group.dir, file, data: inherited })
      inherited = value === '' ? inherited : value
    }
    if (inherited !== '' && !writes.some((write) => write.file === file)) {
      own.push({ controller: 'cpuset', file, data: inherited, field: 'resources.cpu' })
    }
  }
  return { parents, own }
}
