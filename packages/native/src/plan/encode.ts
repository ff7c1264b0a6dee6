import { ExecdError } from '@execd/core/driver'
import type { Data, Int } from './fields.js'
import { LAYOUT } from './layout.js'
import {
  OP,
  PHASE,
  PLAN_MAGIC,
  PLAN_MAX_SIZE,
  PLAN_MAX_STEPS,
  PLAN_VERSION,
  STEP_MAX_INTS,
  STEP_MAX_STRINGS,
} from './ops.js'
import { STEP_PHASES, type Step } from './steps.js'
import { Writer } from './writer.js'

/** Magic number, version, size and number of steps. */
const HEADER_SIZE = 16
/** Where the size is in the header of a step. */
const STEP_SIZE_AT = 8

/**
 * Writes a plan in the form that the init helper reads (docs/native-plan.md, "Encoding").
 *
 * @throws ExecdError EXECD_INVALID_COMMAND when the plan is over 8 MiB, 1024 steps or the 65535 strings of a step: an environment, an
 * argument list or a list of mounts that is too long. EXECD_INTERNAL when a step is not one: in a phase that it may not be in, with
 * an integer beyond 64 bits, or with a NUL in a string that may hold none; a validated command does not lead there.
 */
export function encodePlan(steps: readonly Step[]): Buffer {
  return joinPlan(steps.length, [encodeSteps(steps, 0)])
}

/** A plan whose steps were encoded in parts. Throws as `encodePlan`. */
export function joinPlan(count: number, parts: readonly Buffer[]): Buffer {
  if (count > PLAN_MAX_STEPS) throw tooLarge(`a plan of ${count} steps is over ${PLAN_MAX_STEPS}`)
  const size = parts.reduce((sum, part) => sum + part.length, HEADER_SIZE)
  if (size > PLAN_MAX_SIZE) throw tooLarge(`a plan of ${size} bytes is over ${PLAN_MAX_SIZE}`)
  const plan = Buffer.allocUnsafe(size)
  for (const [index, value] of [PLAN_MAGIC, PLAN_VERSION, size, count].entries())
    plan.writeUInt32LE(value, 4 * index)
  let at = HEADER_SIZE
  for (const part of parts) at += part.copy(plan, at)
  return plan
}

/** A part of a plan; `first` is the index of its first step. Throws as `encodePlan`. */
export function encodeSteps(steps: readonly Step[], first: number): Buffer {
  const out = new Writer()
  for (const [index, step] of steps.entries()) {
    encodeStep(out, step, first + index)
    if (out.size > PLAN_MAX_SIZE) throw tooLarge(`a plan of ${out.size} bytes is over ${PLAN_MAX_SIZE}`)
  }
  return out.finish()
}

function encodeStep(out: Writer, step: Step, index: number): void {
  const where = (): string => `step ${index} (${step.name})`
  if (!(STEP_PHASES[step.name] as readonly string[]).includes(step.phase)) {
    throw malformed(`${where()} cannot be in phase ${step.phase}`)
  }
  // One entry of the table fits exactly one member of the union, which the compiler cannot follow through the index.
  const { ints, strings } = (
    LAYOUT[step.name] as (step: Step) => { ints: readonly Int[]; strings: readonly Data[] }
  )(step)
  if (ints.length > STEP_MAX_INTS)
    throw malformed(`${where()} has ${ints.length} integers, over ${STEP_MAX_INTS}`)
  if (strings.length > STEP_MAX_STRINGS)
    throw tooLarge(`${where()} has ${strings.length} strings, over ${STEP_MAX_STRINGS}`)
  const start = out.size
  out.u16(OP[step.name])
  out.u8(PHASE[step.phase])
  out.u8(ints.length)
  out.u16(strings.length)
  out.u16(0)
  out.u32(0)
  for (const int of ints) {
    if (!fits(int)) throw malformed(`${where()} has ${int} for an integer, or one beyond 64 bits`)
    out.i64(int)
  }
  for (const text of strings) {
    if (typeof text !== 'string') out.bytes(text)
    else if (text.includes('\0')) throw malformed(`${where()} has a NUL in a string`)
    else out.text(text)
  }
  out.patchU32(start + STEP_SIZE_AT, out.size - start)
}

/** Masks are written as unsigned 64 bits, everything else as signed: the bits are the same. */
function fits(int: Int): boolean {
  return typeof int === 'number' ? Number.isSafeInteger(int) : int >= -(1n << 63n) && int < 1n << 64n
}

function tooLarge(message: string): ExecdError {
  const hint = 'shorten the environment, the arguments or the list of mounts'
  return new ExecdError('EXECD_INVALID_COMMAND', `the command is too large: ${message}`, { hint })
}

function malformed(message: string): ExecdError {
  return new ExecdError('EXECD_INTERNAL', `the plan is malformed: ${message}`)
}
