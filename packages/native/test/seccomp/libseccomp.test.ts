import { argumentWidth, knownNumbers, syscallNumber, type Table } from '@execd/linux/seccomp'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { checkContext } from '../../dist/seccomp/context.js'
import { compileSeccomp, loadDefaultProfile, type SeccompContext } from '../../dist/seccomp/index.js'
import { resolveProfile } from '../../dist/seccomp/resolve.js'
import { ALLOW, ARM64, AUDIT, ENOSYS, EPERM, MANY_CAPABILITIES, X64 } from './support/contexts.js'
import { runFilter } from './support/interpreter.js'
import { buildProgram, type Reference, referenceFilter } from './support/reference.js'
import { argumentSamples } from './support/samples.js'

const { describe, test } = requires('gcc', 'libseccomp')

interface Case {
  readonly table: Table
  readonly number: number
  readonly names: readonly string[]
  readonly isUnknownToReference: boolean
  readonly hasHighBits: boolean
  readonly ours: number
  readonly theirs: number
  /** The same with those bits cleared that the kernel does not read. */
  readonly theirsOfRead: number
}

const NEWEST_IN_PROFILE = 466
const isNew = ({ table, number }: Case) =>
  !knownNumbers(table).has(number) || (number > NEWEST_IN_PROFILE && number < 512)

/** Every way in which the default profile comes out otherwise than in libseccomp, with what it then must be. */
const DIFFERENCES: Readonly<Record<string, (found: Case) => boolean>> = {
  'a number that no call has, or newer than the profile: ENOSYS': (found) =>
    isNew(found) && found.ours === ENOSYS && found.theirs === EPERM,
  'bits that the kernel does not read are not compared': (found) =>
    found.hasHighBits && found.ours === found.theirsOfRead,
  'socketcall hides the address family: ENOSYS': (found) =>
    found.table === 'i386' &&
    found.names.includes('socketcall') &&
    found.ours === ENOSYS &&
    found.theirs === ALLOW,
  'allowed by the profile, not known to this libseccomp': (found) =>
    found.isUnknownToReference && found.ours === ALLOW && found.theirs === EPERM,
}

const MACHINES: readonly [string, SeccompContext, Readonly<Partial<Record<Table, string>>>][] = [
  ['x86-64', { ...X64, x32: 'filter' }, { x86_64: 'x86_64', i386: 'x86', x32: 'x32' }],
  ['arm64', ARM64, { arm64: 'aarch64', arm: 'arm' }],
]
const CAPABILITIES: readonly [string, readonly string[]][] = [
  ['the default capabilities', X64.capabilities],
  ['many capabilities', MANY_CAPABILITIES],
  ['no capabilities', []],
]

let builder: ReturnType<typeof buildProgram>
const used = new Set<string>()

beforeAll(() => {
  builder = buildProgram('reference', '-lseccomp')
})
afterAll(() => builder.remove())

describe.each(MACHINES)('the default profile on %s, call by call', (_, machine, arches) => {
  test.each(CAPABILITIES)(
    'with %s',
    (_, capabilities) => {
      const context = { ...machine, capabilities }
      const profile = resolveProfile(loadDefaultProfile(), checkContext(context))
      const ours = compileSeccomp(loadDefaultProfile(), context).program
      const theirs = referenceFilter(builder.path, profile, Object.values(arches))
      const tables = Object.keys(arches) as Table[]
      const unexplained = tables.flatMap((table) => differences(table, ours, theirs, profile))
      expect(unexplained).toEqual([])
    },
    60_000,
  )
})

test('every difference in the list occurs', () => {
  expect([...used].sort()).toEqual(Object.keys(DIFFERENCES).sort())
})

function differences(
  table: Table,
  ours: Buffer,
  theirs: Reference,
  profile: ReturnType<typeof resolveProfile>,
): object[] {
  const unexplained: object[] = []
  for (const number of [...Array(620).keys(), ...[...Array(8).keys()].map((n) => 0xf0000 + n)]) {
    const names = namesOf(table, number)
    const conditions = names.flatMap((name) => (profile.rules.get(name) ?? []).flatMap((rule) => rule.args))
    for (const args of argumentSamples(conditions)) {
      const call = {
        arch: table === 'x32' ? AUDIT.x86_64 : AUDIT[table],
        number: number + (table === 'x32' ? 2 ** 30 : 0),
      }
      const read = args.map((value, index) =>
        BigInt.asUintN(argumentWidth(table, names[0] ?? '', index), value),
      )
      const found = {
        table,
        number,
        names,
        isUnknownToReference: names.some((name) => theirs.unknown.has(name)),
        hasHighBits: read.some((value, index) => value !== args[index]),
        ours: runFilter(ours, { ...call, args }).ret,
        theirs: runFilter(theirs.program, { ...call, args }).ret,
        theirsOfRead: runFilter(theirs.program, { ...call, args: read }).ret,
      }
      // Whatever the other bits are, the verdict is that of the bits which are read.
      if (runFilter(ours, { ...call, args: read }).ret !== found.ours) unexplained.push({ ...found, args })
      if (found.ours === found.theirs) continue
      const reason = Object.keys(DIFFERENCES).find((key) => DIFFERENCES[key]?.(found))
      if (reason === undefined) unexplained.push({ ...found, args })
      else used.add(reason)
    }
  }
  return unexplained
}

const named = new Map<string, string[]>()

function namesOf(table: Table, number: number): string[] {
  if (named.size === 0) {
    for (const rule of loadDefaultProfile().syscalls ?? []) {
      for (const name of rule.names ?? []) {
        for (const each of ['x86_64', 'i386', 'x32', 'arm64', 'arm'] as const) {
          const key = `${each} ${syscallNumber(each, name)}`
          named.set(key, [...new Set([...(named.get(key) ?? []), name])])
        }
      }
    }
  }
  return named.get(`${table} ${number}`) ?? []
}
