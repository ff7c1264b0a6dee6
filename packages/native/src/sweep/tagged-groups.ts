import { isDeepStrictEqual } from 'node:util'
import type { CgroupPaths } from '@execd/linux/cgroup'
import { parseTag, TAG_ATTRIBUTE, type Tag } from '../state/tags.js'
import type { Syscalls } from '../sys/syscalls.js'

/** Whose a group is; null: it has no tag, or is gone. */
export function tagOf(sys: Syscalls, dir: string): Tag | null {
  return parseTag(sys.attribute(dir, TAG_ATTRIBUTE))
}

/** Those of the groups that have the tag: another container may have come to the same id since. Null: none. */
export function groupsTagged(sys: Syscalls, paths: CgroupPaths, tag: Tag): CgroupPaths | null {
  const own = Object.entries(paths.dirs).filter(([, dir]) => isDeepStrictEqual(tagOf(sys, dir), tag))
  return own.length === 0 ? null : { ...paths, dirs: Object.fromEntries(own) }
}
