import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Command } from '@execd/core/driver'
import {
  type CgroupPaths,
  type CgroupPlace,
  containerPaths,
  groupPaths,
  parentDir,
  readCgroups,
} from '@execd/linux/cgroup'
import { errnoOf } from '@execd/linux/errno'
import { fileError } from '../errors.js'
import type { Host } from '../host/host.js'

/** The groups of one container. */
export interface ContainerGroups {
  /** For its runtime: from the top of each hierarchy. */
  readonly cgroupsPath: string
  readonly paths: CgroupPaths
  /** Every folder that the runtime makes: also in hierarchies without controllers. */
  readonly dirs: readonly string[]
}

/** Path of a place from the top of its hierarchy, as a runtime takes it. */
function pathFromTop(place: CgroupPlace, host: Host): string | null {
  const [parent] = place.parents
  if (parent === undefined) return null
  const { hierarchies, v2 } = host.cgroups.layout
  const all = v2 === null ? hierarchies : [...hierarchies, v2]
  const dir = parentDir(parent)
  const mount = all.find(({ mountPoint }) => dir.startsWith(`${mountPoint}/`))
  return mount === undefined ? null : dir.slice(mount.mountPoint.length)
}

/** Where a container's groups will be; null where none can be made. */
export async function planGroups(
  host: Host,
  command: Command,
  name: string,
): Promise<ContainerGroups | null> {
  const { place } = command.cgroupParent === null ? host.cgroups : await readCgroups(command.cgroupParent)
  const parent = place === null ? null : pathFromTop(place, host)
  if (place === null || parent === null) return null
  const { layout } = host.cgroups
  const cgroupsPath = `${parent}/${name}`
  const controllers = new Set(place.parents.flatMap((each) => each.controllers))
  return {
    cgroupsPath,
    paths: containerPaths(place, name, controllers),
    dirs: [...new Set(Object.values(groupPaths(layout, () => cgroupsPath).dirs))],
  }
}

/** A new v1 cpuset is empty and lets nobody in. */
function fillCpuset(parent: string, dir: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    try {
      const value = readFileSync(`${dir}/${file}`, 'utf8').trim()
      if (value === '') writeFileSync(`${dir}/${file}`, readFileSync(`${parent}/${file}`, 'utf8').trim())
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error // no cpuset, or v2, where it follows its parent
    }
  }
}

/**
 * Makes a group below each of a container's, so that an exec can be measured, limited and ended by itself. In all hierarchies: runtimes take one name for all.
 * Throws EXECD_CGROUP.
 */
export function makeExecGroups(dirs: readonly string[], name: string): string[] {
  return dirs.map((parent) => {
    const dir = `${parent}/${name}`
    try {
      mkdirSync(dir)
      fillCpuset(parent, dir)
    } catch (error) {
      throw fileError('EXECD_CGROUP', `make the cgroup of the process ${dir}`, error)
    }
    return dir
  })
}
