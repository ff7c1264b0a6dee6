import type { Stats, Usage } from '@execd/core/driver'
import { type CgroupPaths, type GroupUsage, readStats } from '@execd/linux/cgroup'
import { readNetwork } from '@execd/linux/proc'

/** One sample of a container's groups and interfaces. Null when the groups are gone. */
export async function readSample(groups: CgroupPaths, pid: number): Promise<Stats | null> {
  const [sample, network] = await Promise.all([readStats(groups), readNetwork(pid)])
  return sample === null ? null : { ...sample, network }
}

/** What groups counted, as the usage of what ran in them. Refused forks may be counted in a group of LXC's that is gone by then: unknown. */
export function usageOf({ cpu, memory, pids }: GroupUsage, wall: number): Usage {
  return { wall, cpu, memory: { peak: memory.peak, maxRss: null }, pids: { peak: pids.peak, refused: null } }
}
