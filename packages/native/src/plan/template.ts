import { encodeSteps, joinPlan } from './encode.js'
import type { Step } from './steps.js'

/** Steps that are given each time, by their index in the plan. */
export type GivenSteps = ReadonlyMap<number, Step>

/** Encoded steps, and where the name is in them. */
interface Part {
  readonly bytes: Buffer
  readonly places: readonly number[]
}

/**
 * A plan that is encoded once for many starts, which differ in a name that occurs in its strings and in a few whole steps. Where the name goes there is a
 * stand-in of the same length, which must be nowhere else.
 */
export class PlanTemplate {
  readonly #steps: readonly Step[]
  readonly #standIn: string
  /** Before the first open step, between one and the next, after the last. */
  readonly #parts: readonly Part[]
  readonly #open: readonly number[]

  constructor(steps: readonly Step[], standIn: string, open: readonly number[]) {
    this.#steps = steps
    this.#standIn = standIn
    this.#open = open
    const starts = [0, ...open.map((index) => index + 1)]
    this.#parts = starts.map((start, nth) =>
      partOf(steps.slice(start, open[nth] ?? steps.length), start, standIn),
    )
  }

  /** Whether the name can stand in the stand-in's place. */
  fits(name: string): boolean {
    return name.length === this.#standIn.length && Buffer.byteLength(name) === name.length
  }

  /** The bytes of the plan for a name that fits. Throws as `encodePlan` for steps that are too large. */
  encode(name: string, given: GivenSteps): Buffer {
    const parts = this.#parts.flatMap(({ bytes, places }, nth) => {
      const index = this.#open[nth]
      const step = index === undefined ? undefined : given.get(index)
      const named = places.length === 0 ? bytes : withName(bytes, places, name)
      return step === undefined || index === undefined ? [named] : [named, encodeSteps([step], index)]
    })
    return joinPlan(this.#steps.length, parts)
  }

  /** The same as steps. */
  steps(name: string, given: GivenSteps): Step[] {
    return this.#steps.map((step, index) => given.get(index) ?? renamed(step, this.#standIn, name))
  }
}

function partOf(steps: readonly Step[], first: number, standIn: string): Part {
  const bytes = encodeSteps(steps, first)
  const places: number[] = []
  for (let at = bytes.indexOf(standIn); at >= 0; at = bytes.indexOf(standIn, at + standIn.length))
    places.push(at)
  return { bytes, places }
}

function withName(bytes: Buffer, places: readonly number[], name: string): Buffer {
  const copy = Buffer.from(bytes)
  for (const place of places) copy.write(name, place, 'latin1')
  return copy
}

/** A copy with the name in all its strings. */
function renamed(step: Step, standIn: string, name: string): Step {
  const rename = (value: unknown): unknown =>
    typeof value === 'string' ? value.replaceAll(standIn, name) : value
  return Object.fromEntries(
    Object.entries(step).map(([key, value]) => [key, rename(value)]),
  ) as unknown as Step
}
