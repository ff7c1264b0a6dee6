import { type CgroupLayout, type CgroupsOfHost, parentDir } from '@execd/linux/cgroup'
import type { ParentFolder } from './find-groups.js'

/** Controllers of the hierarchy that a folder is in, as in the paths of a container; none when it is in none. Pure. */
function controllersAt(layout: CgroupLayout, dir: string): readonly string[] {
  const isIn = (mountPoint: string): boolean => dir === mountPoint || dir.startsWith(`${mountPoint}/`)
  const v1 = layout.hierarchies.find(({ mountPoint }) => isIn(mountPoint))
  if (v1 !== undefined) return v1.controllers
  return layout.v2 !== null && isIn(layout.v2.mountPoint) ? ['unified'] : []
}

/** Where groups of containers may be: the place of this driver, and what others wrote down. Pure. */
export function parentFolders({ layout, place }: CgroupsOfHost, others: readonly string[]): ParentFolder[] {
  const dirs = new Set([...(place?.parents ?? []).map(parentDir), ...others])
  return [...dirs].flatMap((dir) => {
    const controllers = controllersAt(layout, dir)
    return controllers.length === 0 ? [] : [{ dir, controllers }]
  })
}
