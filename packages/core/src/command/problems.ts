import type { z } from 'zod'
import type { Problem } from '../errors/execd-error.js'
import { isSecret, showValue } from '../errors/redact.js'
import { closest } from '../util/edit-distance.js'
import { pathText, valueAt } from './path-text.js'
import { namesAt } from './schema-tree.js'
import { wantedText } from './wanted.js'

type Issue = z.core.$ZodIssue

/** A leaf of the issues of a schema: a place and what is wanted there. */
interface Finding {
  readonly path: readonly PropertyKey[]
  readonly wanted: string
  /** What a rule of our own says was there: a default, where the caller gave nothing. */
  readonly input: unknown
}

/** All issues of a failed parse as problems, in the order of the schema, each place and wish once. `input` is what the caller gave. */
export function problemsOf(schema: z.core.$ZodType, input: unknown, issues: readonly Issue[]): Problem[] {
  const problems = issues
    .flatMap((issue) => findings(schema, [], issue))
    .map((finding) => problem(input, finding))
  const seen = new Set<string>()
  return problems.filter(({ path, wanted }) => {
    const key = `${path}\n${wanted}`
    return seen.has(key) ? false : seen.add(key)
  })
}

function problem(input: unknown, { path, wanted, input: reported }: Finding): Problem {
  const text = pathText(path)
  const given = valueAt(input, path)
  return { path: hideName(path, text), wanted, got: showValue(text, given === undefined ? reported : given) }
}

/** `{ "TOKEN=secret": "" }`: the name itself may hold a value. */
function hideName(path: readonly PropertyKey[], text: string): string {
  const last = path.at(-1)
  if (!isSecret(text) || typeof last !== 'string' || !last.includes('=')) return text
  return pathText([...path.slice(0, -1), `${last.slice(0, last.indexOf('='))}=...`])
}

function findings(schema: z.core.$ZodType, base: readonly PropertyKey[], issue: Issue): Finding[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const names = namesAt(schema, path)
    return issue.keys.map((key) => ({
      path: [...path, key],
      wanted: unknownField(key, names),
      input: undefined,
    }))
  }
  if (issue.code === 'invalid_union') {
    const branch = bestBranch(issue.errors)
    if (branch !== undefined) return branch.flatMap((inner) => findings(schema, path, inner))
  }
  return [{ path, wanted: suggested(issue), input: issue.code === 'custom' ? issue.input : undefined }]
}

function unknownField(key: string, names: readonly string[]): string {
  const meant = closest(key, names)
  return meant === undefined
    ? `no field of this name; there are ${names.join(', ')}`
    : `no field of this name; did you mean "${meant}"?`
}

function suggested(issue: Issue): string {
  const wanted = wantedText(issue)
  if (issue.code !== 'invalid_value' || typeof issue.input !== 'string') return wanted
  const meant = closest(issue.input, issue.values.map(String))
  return meant === undefined ? wanted : `${wanted}; did you mean "${meant}"?`
}

/**
 * The alternative of a union that the caller meant: one whose own type fits, so that its issues lie deeper. Of several the one with the fewest fields missing
 * or unknown, then with the fewest issues. Undefined when none fits.
 */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter(
    (issues) => issues.some((issue) => isDeep(issue)) && !issues.some(isOtherKind),
  )
  const ranked = fitting.map((issues) => ({ issues, strange: issues.filter(isStrange).length }))
  ranked.sort((a, b) => a.strange - b.strange || a.issues.length - b.issues.length)
  return ranked[0]?.issues
}

const isDeep = (issue: Issue): boolean =>
  issue.path.length > 0 ||
  issue.code === 'unrecognized_keys' ||
  (issue.code === 'invalid_union' && bestBranch(issue.errors) !== undefined)

const isOtherKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')

const isStrange = (issue: Issue): boolean =>
  issue.code === 'unrecognized_keys' ||
  (issue.code === 'invalid_type' && issue.path.length > 0 && issue.input === undefined)
