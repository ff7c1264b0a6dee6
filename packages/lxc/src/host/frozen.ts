import { type CgroupPaths, readText } from '@execd/linux/cgroup'

/** Whether everything in groups is frozen. */
export async function isFrozen({ version, dirs }: CgroupPaths): Promise<boolean> {
  const text =
    version === 2
      ? await readText(`${dirs.unified}/cgroup.events`)
      : await readText(`${dirs.freezer}/freezer.state`)
  return /^(frozen 1|FROZEN)$/m.test(text ?? '')
}
