import { argumentWidth, syscallNumber } from '@execd/linux/seccomp'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkContext } from '../../dist/seccomp/context.js'
import { compileSeccomp, type SeccompArg, type SeccompProfile } from '../../dist/seccomp/index.js'
import { resolveProfile } from '../../dist/seccomp/resolve.js'
import { AUDIT, X64 } from './support/contexts.js'
import { checkProgram, runFilter } from './support/interpreter.js'
import { expectedReturn } from './support/model.js'
import { generator, randomProfile } from './support/random-profile.js'
import { buildProgram, referenceFilter } from './support/reference.js'
import { argumentSamples } from './support/samples.js'

// Arguments of 16, 32 and 64 bits, and the highest number, so that none of them is newer than the profile.
const CALLS = [
  'socket',
  'chmod',
  'mkdirat',
  'read',
  'brk',
  'mmap',
  'mprotect',
  'ioctl',
  'clone',
  'file_setattr',
]
const ACTIONS = [
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_LOG',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_TRAP',
] as const
const NEWEST = { names: ['file_setattr'], action: 'SCMP_ACT_LOG' } as const

const withNewest = (profile: SeccompProfile) => ({
  ...profile,
  syscalls: [...(profile.syscalls ?? []), NEWEST],
})

function conditionsOn(profile: SeccompProfile, name: string): SeccompArg[] {
  return (profile.syscalls ?? [])
    .filter((rule) => rule.names?.includes(name))
    .flatMap((rule) => rule.args ?? [])
}

/** At most `count` of them, spread out. */
function thin<T>(list: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.ceil(list.length / count))
  return list.filter((_, index) => index % step === 0)
}

describe('random profiles do what their text says', () => {
  const random = generator(20)
  test.each([...Array(40).keys()])('profile %i', () => {
    const profile = withNewest(
      randomProfile(random, { calls: CALLS, actions: ACTIONS, rules: 4 + random(30), repeats: true }),
    )
    const { program } = compileSeccomp(profile, X64)
    checkProgram(program)
    const wrong = CALLS.flatMap((name) => {
      const widthOf = (index: number) => argumentWidth('x86_64', name, index)
      return thin(argumentSamples(conditionsOn(profile, name)), 300)
        .map((args) => ({
          name,
          args,
          got: runFilter(program, { arch: AUDIT.x86_64, number: syscallNumber('x86_64', name) ?? -1, args })
            .ret,
          wanted: expectedReturn(profile, name, args, widthOf),
        }))
        .filter(({ got, wanted }) => got !== wanted)
    })
    expect(wrong).toEqual([])
  })
})

const needs = requires('gcc', 'libseccomp')

// libseccomp 2.5.4 takes some calls for matched that match none of several overlapping rules, so each call has one here; the
// comparison with the text above covers the others.
needs.describe('random rules do what libseccomp makes of them', () => {
  const random = generator(7)
  let builder: ReturnType<typeof buildProgram>
  beforeAll(() => {
    builder = buildProgram('reference', '-lseccomp')
  })
  afterAll(() => builder.remove())

  needs.test.each([...Array(30).keys()].map((index) => [index] as const))('profile %i', () => {
    // libseccomp compares all 64 bits: only calls whose first arguments have that size.
    const calls = ['brk', 'munmap', 'mremap', 'mmap']
    const syscalls = calls.flatMap((name) => {
      const action = ACTIONS[1 + random(ACTIONS.length - 1)] ?? 'SCMP_ACT_ERRNO'
      const drawn = randomProfile(random, { calls: [name], actions: [action], rules: 1, repeats: false })
      return (drawn.syscalls ?? []).map((rule) => ({ ...rule, names: [name] }))
    })
    const profile: SeccompProfile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls }
    const ours = compileSeccomp(profile, X64).program
    const theirs = referenceFilter(builder.path, resolveProfile(profile, checkContext(X64)), [
      'x86_64',
    ]).program
    const wrong = calls
      .flatMap((name) =>
        thin(argumentSamples(conditionsOn(profile, name)), 1000).map((args) => {
          const call = { arch: AUDIT.x86_64, number: syscallNumber('x86_64', name) ?? -1, args }
          return { name, args, got: runFilter(ours, call).ret, wanted: runFilter(theirs, call).ret }
        }),
      )
      .filter(({ got, wanted }) => got !== wanted)
    expect(wrong).toEqual([])
  })
})
