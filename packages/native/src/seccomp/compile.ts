import { createHash } from 'node:crypto'
import {
  AUDIT_ARCH,
  filterFlags,
  isNarrow,
  loadDefaultProfile,
  type SeccompProfile,
  SeccompProfileError,
  validateProfile,
} from '@execd/linux/seccomp'
import { RET_KILL_PROCESS } from './actions.js'
import { Assembler, JEQ, MAX_INSTRUCTIONS } from './assembler.js'
import { type CheckedContext, cacheKey, checkContext, type SeccompContext } from './context.js'
import { decideTable, type Outcome } from './decide.js'
import { emitTable } from './emit-table.js'
import { resolveProfile } from './resolve.js'

/** A program for seccomp(2). */
export interface SeccompFilter {
  /** struct sock_filter, 8 bytes each, little endian; at most 4096 of them. */
  readonly program: Buffer
  /** The flags argument of seccomp(2), from the profile's `flags`. */
  readonly flags: number
  /** What is legal in the profile but surely not meant: rules without effect, calls refused because others are. */
  readonly warnings: readonly string[]
}

// struct seccomp_data
const NUMBER = 0
const ARCHITECTURE = 4

const KEPT = 32
const compiled = new Map<string, SeccompFilter>()

/**
 * Compiles a profile to a filter: the architecture first (any that is not filtered kills the process), then a search tree
 * over the numbers of its table, then the conditions on arguments. Numbers are decided before any argument is looked
 * at, so that Linux (5.11 and later) finds the calls that are always allowed and no longer runs the filter for them.
 *
 * The last results are kept, by the profile's content and `cacheKey(context)`.
 *
 * @throws SeccompProfileError when the profile is wrong or too long for the kernel
 * @throws TypeError when the context is wrong
 */
export function compileSeccomp(profile: SeccompProfile, context: SeccompContext): SeccompFilter {
  const key = `${cacheKey(context)} ${fingerprint(profile)}`
  const filter = compiled.get(key) ?? build(profile, checkContext(context))
  compiled.delete(key)
  compiled.set(key, filter)
  if (compiled.size > KEPT) compiled.delete(compiled.keys().next().value ?? '')
  // A copy: the kept one must not change with what a caller does to its buffer.
  return { ...filter, program: Buffer.from(filter.program), warnings: [...filter.warnings] }
}

function build(profile: SeccompProfile, context: CheckedContext): SeccompFilter {
  if (profile !== loadDefaultProfile()) validateProfile(profile)
  const resolved = resolveProfile(profile, context)
  const warnings: string[] = []
  const architectures = new Map<number, { calls: Map<number, Outcome>; unknown: Outcome }>()
  for (const table of resolved.tables) {
    const decision = decideTable(table, resolved, context.multiplexers === 'allow')
    // x86_64 and x32 are one architecture; bit 30 keeps their numbers apart.
    const together = architectures.get(AUDIT_ARCH[table])
    const calls = new Map([...(together?.calls ?? []), ...decision.calls])
    architectures.set(AUDIT_ARCH[table], { calls, unknown: decision.unknown })
    // That 32-bit multiplexers are refused under the default profile is how it is meant.
    if (!isNarrow(table) || profile !== loadDefaultProfile()) warnings.push(...decision.warnings)
  }
  const program = assemble(architectures)
  const instructions = program.length / 8
  if (instructions > MAX_INSTRUCTIONS) {
    const wanted = `a profile of at most ${MAX_INSTRUCTIONS} instructions, the kernel's limit`
    throw new SeccompProfileError([{ path: 'syscalls', got: `${instructions} instructions`, wanted }])
  }
  return { program, flags: filterFlags(profile.flags), warnings }
}

function assemble(
  architectures: ReadonlyMap<number, { calls: Map<number, Outcome>; unknown: Outcome }>,
): Buffer {
  const assembler = new Assembler()
  let next = assembler.ret(RET_KILL_PROCESS)
  // The machine's own table comes first in the map and is emitted last, that is in front.
  for (const [architecture, { calls, unknown }] of [...architectures].reverse()) {
    const table = assembler.load(NUMBER, emitTable(assembler, calls, unknown))
    next = assembler.branch(JEQ, architecture, table, next)
  }
  return assembler.finish(assembler.load(ARCHITECTURE, next))
}

function fingerprint(profile: SeccompProfile): string {
  if (profile === loadDefaultProfile()) return 'default'
  const text = JSON.stringify(profile, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
  return createHash('sha256')
    .update(text ?? '')
    .digest('base64')
}
