import type { PoolOptions } from './options.js'
import type { Prepared } from './prepared.js'
import type { Shape } from './shape.js'

/** How long after a start the pool is filled again, so that it does not stand in the way of that start; the second holds when starts never cease. */
const QUIET_MS = 4
const LONGEST_QUIET_MS = 60
/** Shapes that are remembered. */
const MOST_SHAPES = 16
const SWEEPS_IN_TIMEOUT = 4
const A_DAY_MS = 86_400_000

/** What there is of one shape. */
interface Stock {
  readonly shape: Shape
  readonly ready: Prepared[]
  /** How many are wanted. */
  wanted: number
  askedAt: number
  /** One could not be made: not tried again before the next start. */
  failed: boolean
}

/** What a pool holds. */
export interface PoolStatus {
  /** Containers that wait for a command. */
  readonly ready: number
  /** Those being made. */
  readonly preparing: number
}

/**
 * Containers that are prepared up to the point where their command must be known. Which shapes it prepares it learns from the starts; how many, from
 * the starts that find none.
 */
export class Pool {
  readonly #options: Required<PoolOptions>
  readonly #make: (shape: Shape) => Promise<Prepared | null>
  /** By key, the one asked for last at the end. */
  readonly #stocks = new Map<string, Stock>()
  readonly #discarding = new Set<Promise<void>>()
  #filling: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #quietUntil = 0
  #sweeper: NodeJS.Timeout | null = null
  #closed = false

  /** `make`: begins to make one; null where that cannot be done. */
  constructor(options: Required<PoolOptions>, make: (shape: Shape) => Promise<Prepared | null>) {
    this.#options = options
    this.#make = make
  }

  get status(): PoolStatus {
    return { ready: this.#total(), preparing: this.#filling === null ? 0 : 1 }
  }

  /** A prepared container, which is the caller's from then on; null when there is none that is good. Sees to it that there is one the next time. */
  take(shape: Shape): Prepared | null {
    if (this.#closed) return null
    const stock = this.#stockOf(shape)
    let taken: Prepared | null = null
    while (taken === null && stock.ready.length > 0) {
      const one = stock.ready.pop()
      if (one?.isGood === true) taken = one
      else this.#discard(one)
    }
    if (taken === null) stock.wanted = Math.min(this.#options.max, Math.max(1, 2 * stock.wanted))
    this.#fillSoon()
    return taken
  }

  /** Prepares containers of a shape now; resolves when there are as many as are wanted at first, or none can be made. */
  async prepare(shape: Shape): Promise<void> {
    const stock = this.#stockOf(shape)
    stock.wanted = Math.max(stock.wanted, 1, Math.min(this.#options.min, this.#options.max))
    const stay = setInterval(() => {}, A_DAY_MS) // what is prepared keeps no process alive, but who waits for it does
    try {
      do await this.#fill()
      while (!stock.failed && stock.ready.length < stock.wanted && this.#next() !== undefined)
    } finally {
      clearInterval(stay)
    }
  }

  /** Throws everything away; resolves when nothing is left. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
    await this.#filling
    for (const stock of this.#stocks.values()) for (const one of stock.ready.splice(0)) this.#discard(one)
    await Promise.all(this.#discarding)
  }

  #stockOf(shape: Shape): Stock {
    const known = this.#stocks.get(shape.key)
    const stock = known ?? { shape, ready: [], wanted: 0, askedAt: 0, failed: false }
    stock.askedAt = performance.now()
    stock.failed = false
    this.#stocks.delete(shape.key)
    this.#stocks.set(shape.key, stock)
    for (const [key, old] of this.#stocks) {
      if (this.#stocks.size <= MOST_SHAPES) break
      for (const one of old.ready.splice(0)) this.#discard(one)
      this.#stocks.delete(key)
    }
    return stock
  }

  #total(): number {
    return [...this.#stocks.values()].reduce((sum, { ready }) => sum + ready.length, 0)
  }

  #fillSoon(): void {
    const now = performance.now()
    if (this.#timer === null) this.#quietUntil = now + LONGEST_QUIET_MS
    else clearTimeout(this.#timer)
    const run = (): void => {
      this.#timer = null
      void this.#fill()
    }
    this.#timer = setTimeout(run, Math.max(0, Math.min(QUIET_MS, this.#quietUntil - now))).unref()
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#options.idleTimeout / SWEEPS_IN_TIMEOUT).unref()
  }

  #fill(): Promise<void> {
    this.#filling ??= this.#makeWanted().finally(() => {
      this.#filling = null
    })
    return this.#filling
  }

  /** One at a time: more would take processors from what runs. */
  async #makeWanted(): Promise<void> {
    for (let stock = this.#next(); stock !== undefined; stock = this.#next()) {
      const made = await this.#make(stock.shape).catch(() => null)
      const held = made !== null && (await made.held)
      if (made !== null && (!held || this.#closed)) this.#discard(made)
      else if (made !== null) this.#add(stock, made)
      stock.failed ||= !held
      this.#makeRoom()
    }
  }

  /** One that ends by itself, because its helper was killed, is thrown away, and what it left with it. */
  #add({ ready }: Stock, made: Prepared): void {
    ready.push(made)
    void made.monitor.closed.then(() => {
      const index = ready.indexOf(made)
      if (index >= 0) this.#discard(ready.splice(index, 1)[0])
    })
  }

  /** The latest stock that lacks one, where there is room; what was asked for last gets its first one in any case. */
  #next(): Stock | undefined {
    if (this.#closed) return undefined
    const room = this.#total() < this.#options.max
    return [...this.#stocks.values()].reverse().find(({ failed, ready, wanted }, older) => {
      return !failed && ready.length < wanted && (room || (older === 0 && ready.length === 0))
    })
  }

  /** What was asked for last has room before what was asked for long ago. */
  #makeRoom(): void {
    for (const stock of this.#stocks.values()) {
      while (this.#total() > this.#options.max && stock.ready.length > 0) this.#discard(stock.ready.shift())
    }
  }

  /** What nobody asked for goes, and what has waited long: the host may have changed since it was made. */
  #sweep(): void {
    const before = performance.now() - this.#options.idleTimeout
    const latest = [...this.#stocks.keys()].at(-1)
    for (const [key, stock] of [...this.#stocks]) {
      const old = stock.ready.filter(({ madeAt }) => madeAt < before)
      stock.ready.splice(0, stock.ready.length, ...stock.ready.filter((one) => !old.includes(one)))
      for (const one of old) this.#discard(one)
      if (stock.askedAt < before)
        stock.wanted = key === latest ? Math.min(stock.wanted, this.#options.min) : 0
      else stock.wanted = Math.max(1, stock.wanted - old.length)
      if (stock.wanted === 0 && stock.ready.length === 0) this.#stocks.delete(key)
    }
    void this.#fill()
  }

  #discard(one: Prepared | undefined): void {
    if (one === undefined) return
    const done = one.discard().catch(() => {}) // of what it could not remove nobody is there to be told
    this.#discarding.add(done)
    void done.finally(() => this.#discarding.delete(done))
  }
}
