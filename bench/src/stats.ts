/** What is said about a set of samples. */
export interface Summary {
  readonly count: number
  readonly min: number
  readonly p10: number
  readonly median: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/**
 * The value below which a share `q` (0 to 1) of the sorted samples lies, with linear interpolation between neighbours (type 7 of Hyndman and Fan, as R and
 * NumPy do it). NaN without samples.
 */
export function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** Median and spread of samples in any order. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (q: number): number => quantile(sorted, q)
  return {
    count: sorted.length,
    min: at(0),
    p10: at(0.1),
    median: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: at(1),
  }
}

/** How many times `base` a value is; null when there is nothing to compare with. */
export function ratio(value: number, base: number | undefined): number | null {
  return base === undefined || !Number.isFinite(value / base) ? null : value / base
}
