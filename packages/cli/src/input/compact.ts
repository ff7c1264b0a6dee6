/** An object without the parts that are undefined, empty lists and empty objects; undefined when nothing is left. Pure. */
export function compact<T extends object>(parts: T): T | undefined {
  const kept = Object.entries(parts).filter(([, value]) => !isNothing(value))
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as T)
}

function isNothing(value: unknown): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.keys(value).length === 0
}
