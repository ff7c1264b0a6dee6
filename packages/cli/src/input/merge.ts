/** Fields that replace what a file says, although they are lists: a longer command line would be another program. */
const REPLACED: readonly string[] = ['args', 'lower', 'maskedPaths', 'readonlyPaths']

/** Lays a value over another: objects field by field, lists one after the other, all else replaced. A root file system of another type replaces the whole. Pure. */
export function merge(under: unknown, over: unknown, name = ''): unknown {
  if (over === undefined) return under
  if (Array.isArray(under) && Array.isArray(over) && !REPLACED.includes(name)) return [...under, ...over]
  const below = name === 'rootfs' && typeof under === 'string' ? { type: 'directory', path: under } : under
  if (!isPlain(below) || !isPlain(over) || isOther(below, over)) return over
  const names = [...new Set([...Object.keys(below), ...Object.keys(over)])]
  return Object.fromEntries(names.map((key) => [key, merge(below[key], over[key], key)]))
}

type Plain = Readonly<Record<string, unknown>>

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `type` and `mode` decide which other fields there are. */
function isOther(below: Plain, over: Plain): boolean {
  return (['type', 'mode'] as const).some((key) => over[key] !== undefined && over[key] !== below[key])
}
