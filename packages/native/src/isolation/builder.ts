import { type ErrorCode, ExecdError } from '@execd/core/driver'
import type { LimitWrite } from '@execd/linux/cgroup'
import { EXTRA_SLOT, PLAN_MAX_STEPS } from '../plan/ops.js'
import { type Step, step } from '../plan/steps.js'

/** What a step is for, so that its failure can be told in the words of the command. */
export interface About {
  readonly code: ErrorCode
  /** Path in the command, such as "mounts[2]". */
  readonly field?: string
  /** What was being done, to be put after "could not": "mount /data". */
  readonly action: string
  readonly hint?: string
}

/** A plan with what each step is for; `about[i]` belongs to `steps[i]`. */
export interface Plan {
  readonly steps: readonly Step[]
  readonly about: ReadonlyArray<About | null>
  /** The limits that steps of it write, so that a refused one can be named. */
  readonly limits: readonly LimitWrite[]
  /** The steps that a prepared container waits for: from the first index to before the second. Null: there is no such point. */
  readonly rest?: readonly [from: number, to: number] | null
}

/** The field of the command that asks for most steps, such as "mounts". Pure. */
function tooMany(count: number, about: ReadonlyArray<About | null>): ExecdError {
  const counts = new Map<string, number>()
  for (const one of about) {
    const field = one?.field?.replace(/[.[].*$/, '') ?? ''
    counts.set(field, (counts.get(field) ?? 0) + 1)
  }
  counts.delete('')
  const [path = ''] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? []
  return new ExecdError(
    'EXECD_INVALID_COMMAND',
    `${path}: starting this command would take ${count} steps, and ${PLAN_MAX_STEPS} are the most`,
    { hint: `ask for less in \`${path}\``, details: { driver: 'native', path } },
  )
}

/** File systems that take a `context` option (mount(8), "SELinux"); procfs, sysfs and cgroups have labels of the policy. */
const LABELLED: ReadonlySet<string> = new Set(['tmpfs', 'devpts', 'mqueue', 'overlay'])

/** Collects steps and hands out slots. */
export class PlanBuilder {
  readonly #steps: Step[] = []
  readonly #about: Array<About | null> = []
  #nextSlot: number
  readonly #free: number[] = []
  #rest: [from: number, to: number] | null = null
  /** SELinux context of the file systems that the container gets of its own; null: none. */
  readonly #label: string | null
  /** Folders that steps made so far, below a file system that began empty. */
  readonly madeFolders = new Set<string>()

  /** `firstSlot`: the first one that is free; those below are used by steps made elsewhere. */
  constructor(firstSlot: number, label: string | null = null) {
    this.#nextSlot = firstSlot
    this.#label = label
  }

  /** A new, unattached mount of a file system of the container's own, in a new slot. */
  filesystem(
    about: About,
    type: string,
    attrs: number,
    options: ReadonlyArray<readonly [string, string]> = [],
  ): number {
    const slot = this.slot()
    const labelled: ReadonlyArray<readonly [string, string]> =
      this.#label !== null && LABELLED.has(type) ? [...options, ['context', this.#label]] : options
    this.add(about, step.fsmount({ slot, attrs, type, options: labelled }))
    return slot
  }

  /** A descriptor slot that no other step uses. `field`: what in the command wants it. Throws EXECD_INVALID_COMMAND when there is none. */
  slot(field?: string): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#nextSlot < EXTRA_SLOT) return this.#nextSlot++
    throw new ExecdError(
      'EXECD_INVALID_COMMAND',
      `the command needs more than ${EXTRA_SLOT} open descriptors at once`,
      {
        hint: 'use fewer layers of the overlay, and fewer mounts that are shared with the host',
        details: { driver: 'native', ...(field === undefined ? {} : { path: field }) },
      },
    )
  }

  /** Gives slots back whose descriptors no later step names: the next step to open one closes what is there. */
  free(...slots: readonly number[]): void {
    this.#free.push(...slots)
  }

  add(about: About | null, ...steps: readonly Step[]): void {
    for (const step of steps) {
      this.#steps.push(step)
      this.#about.push(about)
    }
  }

  /** Throws EXECD_INVALID_COMMAND, with the field that asks for most of them, when there are more steps than a plan may have. */
  build(limits: readonly LimitWrite[]): Plan {
    if (this.#steps.length > PLAN_MAX_STEPS) throw tooMany(this.#steps.length, this.#about)
    return { steps: this.#steps, about: this.#about, limits, rest: this.#rest }
  }

  /** What `add` adds now is what a prepared container waits for. */
  addRest(add: () => void): void {
    const from = this.#steps.length
    add()
    this.#rest = [from, this.#steps.length]
  }
}
