import type { LimitWrite } from '../types.js'

/** A memory limit and what may be used with it, in bytes; null: no limit. */
export interface MemoryLimits {
  readonly limit: number | null
  /** v1: memory and swap together (memory.memsw.limit_in_bytes). v2: swap alone (memory.swap.max). */
  readonly swap: number | null
}

/** What an update says: null is unchanged, a `swap` of -1 is no limit. `swap` is memory and swap together. */
export interface MemoryWish {
  readonly limit: number | null
  readonly swap: number | null
}

/**
 * The writes of an update on v1, where the limit may never be above that of memory and swap: that one goes first when it is
 * raised and last when it is lowered. A wish without `swap` keeps the swap that was allowed; a first limit allows none. Pure.
 */
export function memoryUpdateV1(now: MemoryLimits, wish: MemoryWish, countsSwap: boolean): LimitWrite[] {
  const limit = wish.limit === null ? [] : [write('limit', 'memory.limit_in_bytes', String(wish.limit))]
  const total = totalV1(now, wish)
  if (!countsSwap || total === undefined) return limit
  const both = write(
    wish.swap === null ? 'limit' : 'swap',
    'memory.memsw.limit_in_bytes',
    String(total ?? -1),
  )
  const raised = (total ?? Number.POSITIVE_INFINITY) >= (now.swap ?? Number.POSITIVE_INFINITY)
  return raised ? [both, ...limit] : [...limit, both]
}

/** Undefined: unchanged. */
function totalV1(now: MemoryLimits, wish: MemoryWish): number | null | undefined {
  if (wish.swap !== null) return wish.swap === -1 ? null : wish.swap
  if (wish.limit === null) return undefined
  if (now.limit === null) return wish.limit
  return now.swap === null ? null : wish.limit + Math.max(0, now.swap - now.limit)
}

/** The same on v2, where swap has a limit of its own. Null: the wish allows less in all than the limit on memory. Pure. */
export function memoryUpdateV2(
  now: MemoryLimits,
  wish: MemoryWish,
  countsSwap: boolean,
): LimitWrite[] | null {
  const writes: LimitWrite[] = []
  const limit = wish.limit ?? now.limit
  if (wish.swap !== null && countsSwap) {
    if (wish.swap !== -1 && (limit === null || wish.swap < limit)) return null
    writes.push(write('swap', 'memory.swap.max', wish.swap === -1 ? 'max' : String(wish.swap - (limit ?? 0))))
  } else if (wish.limit !== null && now.limit === null && countsSwap) {
    writes.push(write('limit', 'memory.swap.max', '0'))
  }
  if (wish.limit !== null) writes.push(write('limit', 'memory.max', String(wish.limit)))
  return writes
}

function write(key: string, file: string, data: string): LimitWrite {
  return { controller: 'memory', file, data, field: `resources.memory.${key}` }
}
