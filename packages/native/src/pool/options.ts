/** How many containers are kept prepared. */
export interface PoolOptions {
  /** Kept for the shape that was started last, also when nothing is started. Default 1. */
  readonly min?: number
  /** At most, of all shapes together. More are prepared, up to this, when starts find none. Default 4. */
  readonly max?: number
  /** Milliseconds after which one that was not used is thrown away, and made anew while it counts among `min`. Default 60000. */
  readonly idleTimeout?: number
}

export const POOL_DEFAULTS: Required<PoolOptions> = { min: 1, max: 4, idleTimeout: 60_000 }

export const POOL_LIMITS: Readonly<Record<keyof PoolOptions, readonly [least: number, most: number]>> = {
  min: [0, 1000],
  max: [1, 1000],
  idleTimeout: [100, 24 * 3_600_000],
}
