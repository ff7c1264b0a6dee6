import type { z } from 'zod'
import { isObject } from '../util/plain-object.js'
import { valueAt } from './path-text.js'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** Objects whose rules concern few of their fields, so that a fault in them says nothing about a rule, but for these. */
const WIDE: ReadonlySet<string> = new Set(['', 'process'])
const NEEDS: ReadonlyMap<unknown, string> = new Map([['consoleSize', 'terminal']])

/** Deepest nesting of a field that can be missing in the schema. */
const ROUNDS = 4

/**
 * Rules over several fields are not looked at where a field is wrong. To report them in the same go, the wrong fields are taken out and the rest is parsed
 * again. Returns the issues found so that do not merely follow from what was taken out.
 */
export function secondLook(
  schema: z.ZodType,
  input: unknown,
  issues: readonly Issue[],
  standIn: unknown,
): Issue[] {
  const faults = issues.flatMap(faultyPaths)
  for (let round = 0; round < ROUNDS; round++) {
    const reduced = fill(prune(input, faults), standIn)
    const again = schema.safeParse(reduced, { reportInput: true })
    if (again.success) return []
    const left = again.error.issues.filter((issue) => issue.code !== 'custom').flatMap(faultyPaths)
    if (left.length === 0) return again.error.issues.filter((issue) => !follows(issue.path, faults, input))
    // Where a field is missing now, the object that wants it goes.
    faults.push(...left.map((path) => (valueAt(reduced, path) === undefined ? path.slice(0, -1) : path)))
  }
  return []
}

function faultyPaths(issue: Issue): Path[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key])
  return [issue.path]
}

function follows(path: Path, faults: readonly Path[], input: unknown): boolean {
  if (valueAt(input, path) === undefined) return true
  const field = path.findLastIndex((part) => typeof part === 'string')
  const parent = path.slice(0, Math.max(0, field))
  return faults.some((fault) => {
    if (!parent.every((part, index) => fault[index] === part)) return false
    return (
      !WIDE.has(parent.join('.')) ||
      (fault.length === parent.length + 1 && fault.at(-1) === NEEDS.get(path[field]))
    )
  })
}

/** A copy without what is at the paths; an array with a wrong item goes as a whole. */
function prune(value: unknown, paths: readonly Path[]): unknown {
  if (paths.some((path) => path.length === 0 || typeof path[0] === 'number')) return undefined
  if (!isObject(value)) return value
  const kept = Object.entries(value).map(([key, inner]) => {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1))
    return [key, below.length === 0 ? inner : prune(inner, below)] as const
  })
  return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined))
}

/** Puts what stands in where nothing is left. */
function fill(value: unknown, standIn: unknown): unknown {
  if (value === undefined) return standIn
  if (!isObject(value) || !isObject(standIn) || 'type' in standIn) return value
  const names = [...Object.keys(value), ...Object.keys(standIn)]
  return Object.fromEntries(names.map((name) => [name, fill(value[name], standIn[name])]))
}
