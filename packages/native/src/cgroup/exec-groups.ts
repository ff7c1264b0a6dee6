import type { Command, Resources } from '@execd/core/driver'
import {
  type CgroupPaths,
  type CgroupPlace,
  type CpusetGroup,
  controllersOf,
  joinPath,
  type LimitWrite,
  MIRRORED_FILES,
  parentDir,
  readCpusetChain,
  readText,
  words,
} from '@execd/linux/cgroup'
import type { Host } from '../host/host.js'
import { type ContainerGroups, FIRST_SLOT, limitWrites, placeOf } from './container-groups.js'
import { execCgroupSteps, type LateGroup } from './plan.js'

/** The steps for the groups of an exec, with limits of its own unless `resources` is null. Throws EXECD_UNSUPPORTED. */
export async function execCgroups(
  host: Host,
  command: Command,
  container: CgroupPaths,
  execId: string,
  resources: Resources | null,
  tag: string | null,
): Promise<ContainerGroups> {
  const at = resources === null ? null : await placeOf(host, command)
  const writes = at === null || resources === null ? [] : limitWrites(at, command.id, resources, null)
  const late = at === null ? [] : lateGroups(at.place, container, writes, command.id)
  const steps = execCgroupSteps({
    container,
    execId,
    writes,
    mirrored: container.version === 2 ? await mirroredLimits(container) : [],
    late,
    cpusetChain: controllersOf(writes).has('cpuset') ? await cpusetChain(container, late) : null,
    firstSlot: FIRST_SLOT,
    tag,
  })
  return { writes, ...steps }
}

/** v1: the hierarchies that the limits need and the container has no group in, since it has no limit there. Pure. */
export function lateGroups(
  place: CgroupPlace,
  container: CgroupPaths,
  writes: readonly LimitWrite[],
  id: string,
): LateGroup[] {
  if (place.version === 2) return []
  const limited = controllersOf(writes)
  return place.parents
    .filter(
      ({ controllers }) =>
        controllers.some((name) => limited.has(name)) && !controllers.some((name) => name in container.dirs),
    )
    .map((parent) => {
      const above = parent.names.map((_, index) => joinPath(parent.top, ...parent.names.slice(0, index + 1)))
      return { controllers: parent.controllers, dirs: [...above, joinPath(parentDir(parent), id)] }
    })
}

/** The cpusets from one that is filled down to the container's. */
async function cpusetChain(container: CgroupPaths, late: readonly LateGroup[]): Promise<CpusetGroup[]> {
  const controllers = ['cpuset']
  const own = container.dirs.cpuset
  if (own !== undefined) return readCpusetChain({ controllers, top: own, names: [] })
  const [first = '', ...rest] = late.find((one) => one.controllers.includes('cpuset'))?.dirs ?? []
  const top = first.slice(0, first.lastIndexOf('/'))
  const names = [first, ...rest].map((dir) => dir.slice(dir.lastIndexOf('/') + 1))
  return readCpusetChain({ controllers, top, names })
}

/** The container's limits as they are now, which `update` may have changed; only those whose controller its group passes on. */
async function mirroredLimits(container: CgroupPaths): Promise<LimitWrite[]> {
  const dir = container.dirs.unified ?? ''
  const passedOn = words(await readText(joinPath(dir, 'cgroup.subtree_control')))
  const files = [...MIRRORED_FILES].filter((file) => passedOn.includes(controllerOf(file)))
  const texts = await Promise.all(files.map((file) => readText(joinPath(dir, file))))
  return files.flatMap((file, index): LimitWrite[] => {
    const data = texts[index]?.trim() ?? 'max'
    if (/^max\b/.test(data)) return []
    return [{ controller: controllerOf(file), file, data, field: `resources.${controllerOf(file)}` }]
  })
}

function controllerOf(file: string): string {
  return file.slice(0, file.indexOf('.'))
}
