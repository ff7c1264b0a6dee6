import { deepFreeze } from '../util/plain-object.js'
import type { Resources } from './command.js'

type Tree = { readonly [key: string]: unknown }

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function merge(old: Tree, change: Tree): Tree {
  const result: Record<string, unknown> = { ...old }
  for (const [key, value] of Object.entries(change)) {
    const before = old[key]
    if (isTree(value) && isTree(before)) result[key] = merge(before, value)
    else if (value !== null && value !== false && !(Array.isArray(value) && value.length === 0))
      result[key] = value
  }
  return result
}

/** The limits after an update: what the change leaves null or empty stays. Pure. */
export function mergeResources(old: Resources, change: Resources): Resources {
  return deepFreeze(merge(old, change)) as Resources
}
