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

const PLAN_HEADER = 16
const STEP_HEADER = 12

/**
 * Writes a plan in the form that the init helper reads (docs/native-plan.md, "Encoding").
 *
 * @throws ExecdError EXECD_INVALID_COMMAND when the plan is over 8 MiB, 1024 steps or the 65535 strings of a step: an environment, an
 * argument list or a list of mounts that is too long. EXECD_INTERNAL when a step is not one: in a phase that it may not be in, with
 * an integer beyond 64 bits, or with a NUL in a string that may hold none; a validated command does not lead there.
 */
export function encodePlan(steps: readonly Step[]): Buffer {
  if (steps.length > PLAN_MAX_STEPS)
    throw tooLarge(`a plan of ${steps.length} steps is over ${PLAN_MAX_STEPS}`)
  const parts = steps.map(encodeStep)
  const size = parts.reduce((sum, part) => sum + part.length, PLAN_HEADER)
  if (size > PLAN_MAX_SIZE) throw tooLarge(`a plan of ${size} bytes is over ${PLAN_MAX_SIZE}`)
  const header = Buffer.alloc(PLAN_HEADER)
  header.writeUInt32LE(PLAN_MAGIC, 0)
  header.writeUInt32LE(PLAN_VERSION, 4)
  header.writeUInt32LE(size, 8)
  header.writeUInt32LE(steps.length, 12)
  return Buffer.concat([header, ...parts], size)
}

function encodeStep(step: Step, index: number): Buffer {
  const where = `step ${index} (${step.name})`
  if (!(STEP_PHASES[step.name] as readonly string[]).includes(step.phase)) {
    throw malformed(`${where} cannot be in phase ${step.phase}`)
  }
  // One entry of the table fits exactly one member of the union, which the compiler cannot follow through the index.
  const { ints, strings } = (
    LAYOUT[step.name] as (step: Step) => { ints: readonly Int[]; strings: readonly Data[] }
  )(step)
  if (ints.length > STEP_MAX_INTS)
    throw malformed(`${where} has ${ints.length} integers, over ${STEP_MAX_INTS}`)
  if (strings.length > STEP_MAX_STRINGS)
    throw tooLarge(`${where} has ${strings.length} strings, over ${STEP_MAX_STRINGS}`)
  const texts = strings.map((text) => encodeText(text, where))
  const size = texts.reduce((sum, text) => sum + 4 + text.length + 1, STEP_HEADER + 8 * ints.length)
  const out = Buffer.alloc(size)
  out.writeUInt16LE(OP[step.name], 0)
  out.writeUInt8(PHASE[step.phase], 2)
  out.writeUInt8(ints.length, 3)
  out.writeUInt16LE(strings.length, 4)
  out.writeUInt32LE(size, 8)
  let offset = STEP_HEADER
  for (const int of ints) offset = writeInt(out, int, offset, where)
  for (const text of texts) {
    offset = out.writeUInt32LE(text.length, offset)
    offset += text.copy(out, offset) + 1
  }
  return out
}

/** Masks are written as unsigned 64 bits, everything else as signed: the bits are the same. */
function writeInt(out: Buffer, int: Int, offset: number, where: string): number {
  if (typeof int === 'number' && !Number.isSafeInteger(int))
    throw malformed(`${where} has ${int} for an integer`)
  const value = BigInt(int)
  if (value < -(1n << 63n) || value >= 1n << 64n) throw malformed(`${where} has ${value}, beyond 64 bits`)
  return out.writeBigInt64LE(BigInt.asIntN(64, value), offset)
}

function encodeText(text: Data, where: string): Buffer {
  if (typeof text !== 'string') return Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  if (text.includes('\0')) throw malformed(`${where} has a NUL in a string`)
  return Buffer.from(text, 'utf8')
}

function tooLarge(message: string): ExecdError {
  const hint = 'shorten the environment, the arguments or the list of mounts'
  return new ExecdError('EXECD_INVALID_COMMAND', `the command is too large: ${message}`, { hint })
}

function malformed(message: string): ExecdError {
  return new ExecdError('EXECD_INTERNAL', `the plan is malformed: ${message}`)
}
