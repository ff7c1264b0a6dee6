import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import type { CgroupPaths } from '@execd/linux/cgroup'
import { Monitor } from '../init/monitor.js'
import type { Starter } from '../process/running-process.js'
import type { Shape } from './shape.js'
import { areUnchanged, type Identity, identify } from './sources.js'

/** A container that has everything but its command. */
export class Prepared {
  readonly shape: Shape
  /** Of its cgroups. */
  readonly name: string
  readonly groups: CgroupPaths | null
  readonly monitor: Monitor
  readonly madeAt = performance.now()
  /** Resolves when it waits for its command: true; or has ended: false. */
  readonly held: Promise<boolean>
  readonly #sources: readonly Identity[]
  readonly #cleanUpLost: (groups: CgroupPaths | null) => Promise<void>

  private constructor(
    shape: Shape,
    name: string,
    monitor: Monitor,
    sources: readonly Identity[],
    cleanUpLost: (groups: CgroupPaths | null) => Promise<void>,
  ) {
    this.shape = shape
    this.name = name
    this.groups = shape.groups(name)
    this.monitor = monitor
    this.held = monitor.held
    this.#sources = sources
    this.#cleanUpLost = cleanUpLost
  }

  /** Starts to make one; null where that cannot be done. `cleanUpLost`: what is to be done when its monitor dies. */
  static async make(
    shape: Shape,
    { sys, program }: Starter,
    cleanUpLost: (groups: CgroupPaths | null) => Promise<void>,
  ): Promise<Prepared | null> {
    const sources = await identify(shape.sources)
    if (sources === null) return null
    const name = `pool-${randomBytes(4).toString('hex')}`
    const nothing = openSync('/dev/null', 'r+')
    try {
      const monitor = await Monitor.prepare({
        sys,
        program,
        plan: shape.encode(name),
        stdio: [nothing, nothing, nothing],
      })
      return new Prepared(shape, name, monitor, sources, cleanUpLost)
    } finally {
      closeSync(nothing)
    }
  }

  /** Whether it can be used: it is alive, and what it has mounted is what is there now. */
  get isGood(): boolean {
    return this.monitor.isAlive && areUnchanged(this.#sources)
  }

  /** Ends it; resolves when nothing of it is left. */
  async discard(): Promise<void> {
    await this.monitor.killAll()
    await this.monitor.closed
    const outcome = await this.monitor.outcome
    if (outcome.type === 'vanished') await this.#cleanUpLost(this.groups)
  }
}
