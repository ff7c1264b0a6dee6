import type { Problem } from '../errors/execd-error.js'
import { showValue } from '../errors/redact.js'
import { pathText, valueAt } from './path-text.js'

type Path = readonly PropertyKey[]

/** A place that no schema sees, and what is wanted there. */
interface Fault {
  readonly path: Path
  readonly wanted: string
}

/**
 * What is in the input and would be dropped without a word: fields named `__proto__` (JSON.parse() makes them), and objects such as a Map or a Date, whose
 * content is not in their fields.
 */
export function notPlain(input: unknown): Problem[] {
  return faultsIn(input, [], new Set()).map(({ path, wanted }) => {
    const text = pathText(path)
    return { path: text, wanted, got: showValue(text, valueAt(input, path)) }
  })
}

function faultsIn(value: unknown, path: Path, above: ReadonlySet<unknown>): Fault[] {
  if (typeof value !== 'object' || value === null || above.has(value)) return []
  const tag = Object.prototype.toString.call(value)
  if (tag !== '[object Object]' && tag !== '[object Array]') return [{ path, wanted: 'plain data' }]
  const chain = new Set(above).add(value)
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...path, Array.isArray(value) ? Number(key) : key]
    return key === '__proto__'
      ? [{ path: place, wanted: 'no field of this name' }]
      : faultsIn(inner, place, chain)
  })
}
