import { createHash } from 'node:crypto'
import type { Command } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { Plan } from '../isolation/builder.js'
import { type Step, step } from '../plan/steps.js'
import { PlanTemplate } from '../plan/template.js'

/** Names of prepared containers have this many characters. */
const NAME_LENGTH = 13
const STAND_IN = 'x'.repeat(NAME_LENGTH)
const NOTHING_GIVEN: ReadonlyMap<number, Step> = new Map()

/** What a plan is split into: what can be done before the command is known, and what follows. */
export interface SplitPlan {
  readonly prefix: Plan
  readonly rest: Plan
}

/**
 * Splits a plan at the place where a prepared container waits. Null where there is none, or where somebody must be asked on the way. Pure. The steps of both, one
 * after the other, are numbered as the helper numbers them.
 */
export function splitPlan({ steps, about, limits, rest }: Plan): SplitPlan | null {
  if (rest == null) return null
  const clone = steps.find((one) => one.name === 'clone')
  // a terminal is made, and handed over, before the place; outputs that are rotated are the monitor's
  const unfit =
    clone?.sync === true ||
    clone?.detached === true ||
    steps.some(({ name }) => name === 'pty' || name === 'log')
  if (unfit) return null
  const [from, to] = rest
  const init = steps.slice(from, to).some((one) => one.name === 'init')
  return {
    prefix: {
      steps: [...steps.slice(0, from), step.hold({ init }), ...steps.slice(to)],
      about: [...about.slice(0, from), null, ...about.slice(to)],
      limits,
    },
    rest: { steps: steps.slice(from, to), about: about.slice(from, to), limits },
  }
}

/** What is prepared the same way: containers whose plans are the same, byte for byte, up to where the command must be known. */
export class Shape {
  /** The same for two of the same shape. */
  readonly key: string
  /** Folders and files of the host that are mounted. They must be the same ones still when a prepared container is used. */
  readonly sources: readonly string[]
  readonly #template: PlanTemplate
  readonly #prefix: Plan
  readonly #groups: (name: string) => CgroupPaths | null

  /** `renamed`: the prefix and its groups with a name for the container. */
  constructor(
    sources: readonly string[],
    renamed: { prefix: (name: string) => Plan; groups: (name: string) => CgroupPaths | null },
  ) {
    this.sources = sources
    this.#prefix = renamed.prefix(STAND_IN)
    this.#groups = renamed.groups
    this.#template = new PlanTemplate(this.#prefix.steps, STAND_IN, [])
    this.key = createHash('sha256').update(this.#template.encode(STAND_IN, NOTHING_GIVEN)).digest('base64')
  }

  encode(name: string): Buffer {
    return this.#template.encode(name, NOTHING_GIVEN)
  }

  plan(name: string): Plan {
    return { ...this.#prefix, steps: this.#template.steps(name, NOTHING_GIVEN) }
  }

  groups(name: string): CgroupPaths | null {
    return this.#groups(name)
  }
}

/** Paths of the host that a container of the command mounts; null when it cannot be prepared: an upper layer that is kept is for one container at a time. Pure. */
export function sourcesOf({ rootfs, mounts }: Command): string[] | null {
  if (rootfs.type === 'overlay' && (rootfs.upper !== null || rootfs.work !== null)) return null
  const roots = rootfs.type === 'directory' ? [rootfs.path] : rootfs.type === 'overlay' ? rootfs.lower : ['/']
  return [...roots, ...mounts.flatMap((mount) => (mount.type === 'bind' ? [mount.source] : []))]
}
