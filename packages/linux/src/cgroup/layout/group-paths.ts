import { readFileSync } from 'node:fs'
import { parseMembership } from '../../proc/index.js'
import type { CgroupLayout, CgroupPaths, Hierarchy } from '../types.js'
import { pathInMount } from './layout.js'

/**
 * One group in every hierarchy that can be seen. `nameOf` names it as /proc/pid/cgroup does, by controller ("" is v2); undefined where there is none. What is
 * outside of a mount is left out. Pure.
 */
export function groupPaths(
  layout: CgroupLayout,
  nameOf: (controller: string) => string | undefined,
): CgroupPaths {
  const dirs: Record<string, string> = {}
  const add = (key: string, hierarchy: Hierarchy, name: string | undefined): void => {
    const dir = name === undefined ? null : pathInMount(hierarchy, name)
    if (dir !== null) dirs[key] = dir
  }
  for (const hierarchy of [...layout.hierarchies, ...layout.others])
    for (const controller of hierarchy.controllers) add(controller, hierarchy, nameOf(controller))
  if (layout.v2 !== null) add('unified', layout.v2, nameOf(''))
  return { version: layout.version ?? 2, dirs }
}

/** The groups that a process is in; null when it is gone. */
export function groupsOfProcess(layout: CgroupLayout, pid: number | 'self'): CgroupPaths | null {
  try {
    const own = parseMembership(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))
    return groupPaths(layout, (controller) => own[controller])
  } catch {
    return null
  }
}
