import { readdirSync } from 'node:fs'
import { joinPath } from '@execd/linux/cgroup'
import { type Tag, tagText } from '../state/tags.js'
import type { Syscalls } from '../sys/syscalls.js'
import { tagOf } from './tagged-groups.js'

/** A folder in which groups of containers are, in one hierarchy. */
export interface ParentFolder {
  readonly dir: string
  /** Controllers of its hierarchy; "unified" on v2. */
  readonly controllers: readonly string[]
}

/** A group that was found, in all hierarchies that have one of the name. */
export interface FoundGroup {
  /** The container's id; for one of an exec that and its own name. */
  readonly name: string
  readonly tag: Tag
  /** Directory by controller. */
  readonly dirs: Readonly<Record<string, string>>
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    return [] // gone, or not ours to read
  }
}

/** The tagged groups directly in the folders, and those of execs below them. Two of one name with different tags are two. */
export function findGroups(sys: Syscalls, parents: readonly ParentFolder[]): FoundGroup[] {
  const found = new Map<string, { name: string; tag: Tag; dirs: Record<string, string> }>()
  const add = (name: string, tag: Tag, dir: string, controllers: readonly string[]): void => {
    const key = `${tagText(tag)} ${name}`
    const group = found.get(key) ?? { name, tag, dirs: {} }
    for (const controller of controllers) group.dirs[controller] = dir
    found.set(key, group)
  }
  for (const { dir, controllers } of parents) {
    for (const name of namesIn(dir)) {
      const group = joinPath(dir, name)
      const tag = tagOf(sys, group)
      if (tag === null) continue
      add(name, tag, group, controllers)
      for (const inner of namesIn(group)) {
        const path = joinPath(group, inner)
        const innerTag = tagOf(sys, path)
        if (innerTag !== null) add(`${name}/${inner}`, innerTag, path, controllers)
      }
    }
  }
  return [...found.values()]
}

/** Groups without a tag, and without a namesake that has one: whoever made them may have been killed before it could tag them. */
export function findUntagged(sys: Syscalls, parents: readonly ParentFolder[]): string[] {
  const all = parents.flatMap(({ dir }) => namesIn(dir).map((name) => ({ name, path: joinPath(dir, name) })))
  const untagged = all.filter(({ path }) => tagOf(sys, path) === null)
  const tagged = new Set(all.filter((one) => !untagged.includes(one)).map(({ name }) => name))
  return untagged.filter(({ name }) => !tagged.has(name)).map(({ path }) => path)
}
