import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, descriptors, groupsBelow, mounts } from '../driver/support/host-state.js'

const MIB = 1024 ** 2

/** What a process holds, and what its containers left on the host. */
export interface Sample {
  readonly containers: number
  /** MiB, after a full collection. */
  readonly heap: number
  /** MiB resident. */
  readonly rss: number
  readonly descriptors: number
  readonly children: number
  readonly groups: number
  readonly mounts: number
  /** In the temporary folder, which must be of this process alone. */
  readonly files: number
}

/** Looks after what is let go of a moment late was let go of. Needs `node --expose-gc`. */
export async function sample(containers: number, parent: string): Promise<Sample> {
  for (let turn = 0; turn < 3; turn += 1) {
    await sleep(100)
    globalThis.gc?.()
  }
  const { heapUsed, rss } = process.memoryUsage()
  const round = (bytes: number): number => Math.round((bytes / MIB) * 10) / 10
  return {
    containers,
    heap: round(heapUsed),
    rss: round(rss),
    descriptors: descriptors().length,
    children: childrenOf(process.pid).length,
    groups: groupsBelow(parent).length,
    mounts: mounts().length,
    files: readdirSync(tmpdir()).length,
  }
}

/** Growth of memory that is no noise, in MiB. */
const HEAP = 2
const RSS = 24

/** What grew from one sample to another. Pure. */
export function growth(first: Sample, last: Sample): string[] {
  const problems: string[] = []
  for (const key of ['descriptors', 'children', 'groups', 'mounts', 'files'] as const) {
    if (last[key] > first[key]) problems.push(`${key}: ${first[key]} -> ${last[key]}`)
  }
  if (last.heap > first.heap + HEAP) problems.push(`heap: ${first.heap} -> ${last.heap} MiB`)
  if (last.rss > first.rss + RSS) problems.push(`resident: ${first.rss} -> ${last.rss} MiB`)
  return problems
}

/** Number of the kernel's memory groups, those included that are gone but not freed yet; null: the host does not tell. */
export function memoryGroups(): number | null {
  const text = readFileSync('/proc/cgroups', 'utf8')
  const count = /^memory\t\d+\t(\d+)/m.exec(text)?.[1]
  return count === undefined ? null : Number(count)
}
