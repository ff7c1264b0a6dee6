import { DEFAULT_CAPABILITIES } from '@execd/core/driver'
import {
  listedArchitectures,
  loadDefaultProfile,
  namesOf,
  type RuleContext,
  ruleApplies,
  ruleContext,
  type SeccompOperator,
  type SeccompProfile,
  socketFamilies,
  syscallNames,
  validateProfile,
} from '@execd/linux/seccomp'
import { describe, expect, test } from '@jest/globals'

describe('whether a rule takes part', () => {
  const at = (kernel = '6.1.0-18-amd64', ...capabilities: string[]): RuleContext =>
    ruleContext('x64', capabilities, kernel)
  const rule = (filter: object) => ({ names: ['read'], action: 'SCMP_ACT_ALLOW', ...filter }) as const

  test.each<[string, object, RuleContext, boolean]>([
    ['no condition', {}, at(), true],
    ['empty lists', { includes: { caps: [], arches: [] }, excludes: { caps: [], arches: [] } }, at(), true],
    ['a capability that is there', { includes: { caps: ['CAP_BPF'] } }, at('6.1', 'CAP_BPF'), true],
    ['one of two', { includes: { caps: ['CAP_BPF', 'CAP_KILL'] } }, at('6.1', 'CAP_BPF'), false],
    ['one that is excluded', { excludes: { caps: ['CAP_BPF', 'CAP_KILL'] } }, at('6.1', 'CAP_BPF'), false],
    ['the machine', { includes: { arches: ['s390x', 'amd64'] } }, at(), true],
    ['another machine', { includes: { arches: ['arm64'] } }, at(), false],
    ['an excluded machine', { excludes: { arches: ['amd64'] } }, at(), false],
    ['a kernel', { includes: { minKernel: '6.1' } }, at(), true],
    ['a newer kernel, by number and not by letter', { includes: { minKernel: '4.8' } }, at('4.10.0'), true],
    ['an older kernel', { includes: { minKernel: '6.2' } }, at(), false],
    ['an excluded kernel', { excludes: { minKernel: '5.0' } }, at(), false],
  ])('%s', (_, filter, context, takesPart) => {
    expect(ruleApplies(rule(filter), context)).toBe(takesPart)
  })

  test('a kernel that is none', () => {
    expect(() => ruleContext('x64', [], 'linux')).toThrow(TypeError)
  })
})

test('names and architectures in both forms', () => {
  expect(namesOf({ name: 'read', action: 'SCMP_ACT_ALLOW' })).toEqual(['read'])
  expect(namesOf({ action: 'SCMP_ACT_ALLOW' })).toEqual([])
  const docker = loadDefaultProfile()
  expect(listedArchitectures(docker, 'x64')).toEqual(['SCMP_ARCH_X86', 'SCMP_ARCH_X32'])
  expect(listedArchitectures(docker, 'arm64')).toEqual(['SCMP_ARCH_ARM'])
  const oci: SeccompProfile = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'] }
  expect(listedArchitectures(oci, 'x64')).toEqual(['SCMP_ARCH_X86_64'])
})

test('the default profile is whole, frozen and made of known calls', () => {
  const profile = loadDefaultProfile()
  expect(() => validateProfile(profile)).not.toThrow()
  expect(Object.isFrozen(profile.syscalls)).toBe(true)
  const context = ruleContext('x64', DEFAULT_CAPABILITIES, '6.1.0')
  const allowed = (profile.syscalls ?? [])
    .filter((rule) => rule.action === 'SCMP_ACT_ALLOW' && ruleApplies(rule, context))
    .flatMap(namesOf)
  expect(allowed).toContain('openat')
  expect(allowed).not.toContain('mount')
  expect(syscallNames()).toEqual(expect.arrayContaining(['openat', 'mount', 'clone3']))
})

describe('families of a socket', () => {
  const families = (op: string, value: number | string, valueTwo?: number) =>
    socketFamilies([
      {
        index: 0,
        op: `SCMP_CMP_${op}` as SeccompOperator,
        value,
        ...(valueTwo === undefined ? {} : { valueTwo }),
      },
    ])

  test('one condition on the family is a list', () => {
    expect(families('EQ', 2)).toEqual([2])
    expect(families('EQ', '0x2')).toEqual([2])
    expect(families('NE', 40)).toHaveLength(63)
    expect(families('NE', 40)).not.toContain(40)
    expect(families('LT', 2)).toEqual([0, 1])
    expect(families('LE', 2)).toEqual([0, 1, 2])
    expect(families('GT', 61)).toEqual([62, 63])
    expect(families('GE', 62)).toEqual([62, 63])
    expect(families('MASKED_EQ', 0x3e, 2)).toEqual([2, 3])
    expect(families('EQ', '0x100000002')).toEqual([])
  })

  test('others are left as they are', () => {
    expect(socketFamilies([])).toBeNull()
    expect(socketFamilies([{ index: 1, op: 'SCMP_CMP_EQ', value: 1 }])).toBeNull()
    const two = { index: 0, op: 'SCMP_CMP_NE', value: 1 } as const
    expect(socketFamilies([two, two])).toBeNull()
  })
})
