import { CAPABILITIES } from '@execd/core/driver'
import { isAction, maxData, takesData } from './actions.js'
import { GOARCHES, SCMP_ARCHES } from './arches.js'
import { isInDefaultProfile } from './default-profile.js'
import { FLAG_NAMES } from './flags.js'
import { parseKernel } from './kernel-version.js'
import { OPERATORS } from './operators.js'
import { type Fields, Problems } from './problems.js'
import type { SeccompProfile } from './profile.js'
import { isSyscall } from './syscall-table.js'
import { parseValue } from './value.js'

const KNOWN_CAPABILITIES: ReadonlySet<string> = new Set(CAPABILITIES)
const PROFILE = ['defaultAction', 'defaultErrnoRet', 'architectures', 'archMap', 'flags', 'syscalls']
const RULE = ['names', 'name', 'action', 'errnoRet', 'args', 'comment', 'includes', 'excludes']
const ARG = ['index', 'value', 'valueTwo', 'op']
const FILTER = ['caps', 'arches', 'minKernel']
const ARCH = 'an architecture such as SCMP_ARCH_X86_64'
const NUMBER = 'a number of 64 bits without sign, above 2^53 as a string such as "0xffffffff00000000"'

/** Checks a profile's shape, names and numbers. Throws SeccompProfileError with every problem found. */
export function validateProfile(value: unknown): asserts value is SeccompProfile {
  const problems = new Problems()
  const profile = problems.object('', value, PROFILE)
  if (profile) {
    checkAction(problems, profile, 'defaultAction', 'defaultErrnoRet', '')
    checkArchitectures(problems, profile)
    problems.names(
      'flags',
      profile.flags,
      (name) => FLAG_NAMES.includes(name),
      `one of ${FLAG_NAMES.join(', ')}`,
    )
    problems.list('syscalls', profile.syscalls).forEach((rule, index) => {
      checkRule(problems, `syscalls[${index}]`, rule)
    })
  }
  problems.throwIfAny()
}

function checkArchitectures(problems: Problems, profile: Fields): void {
  const isArch = (name: string) => SCMP_ARCHES.has(name)
  problems.names('architectures', profile.architectures, isArch, ARCH)
  problems.list('archMap', profile.archMap).forEach((value, index) => {
    const path = `archMap[${index}]`
    const entry = problems.object(path, value, ['architecture', 'subArchitectures'])
    if (!entry) return
    if (!isArch(String(entry.architecture))) problems.add(`${path}.architecture`, entry.architecture, ARCH)
    problems.names(`${path}.subArchitectures`, entry.subArchitectures, isArch, ARCH, true)
  })
  if (profile.architectures !== undefined && profile.archMap !== undefined) {
    problems.add('archMap', profile.archMap, 'either architectures or archMap, not both')
  }
}

function checkRule(problems: Problems, path: string, value: unknown): void {
  const rule = problems.object(path, value, RULE)
  if (!rule) return
  const both = rule.name !== undefined && rule.names !== undefined
  if (both) problems.add(`${path}.name`, rule.name, 'either name or names, not both')
  const names = rule.names ?? (rule.name === undefined ? [] : [rule.name])
  const known = (name: string) => isSyscall(name) || isInDefaultProfile(name)
  problems.names(`${path}.names`, names, known, 'the name of a system call (those of Linux 6.18 are known)')
  if (Array.isArray(names) && names.length === 0) problems.add(`${path}.names`, names, 'at least one name')
  checkAction(problems, rule, 'action', 'errnoRet', `${path}.`)
  problems.list(`${path}.args`, rule.args, true).forEach((arg, index) => {
    checkArg(problems, `${path}.args[${index}]`, arg)
  })
  if (rule.comment !== undefined && typeof rule.comment !== 'string') {
    problems.add(`${path}.comment`, rule.comment, 'text')
  }
  checkFilter(problems, `${path}.includes`, rule.includes)
  checkFilter(problems, `${path}.excludes`, rule.excludes)
}

function checkAction(problems: Problems, holder: Fields, key: string, dataKey: string, prefix: string): void {
  const action = holder[key]
  const data = holder[dataKey]
  if (action === 'SCMP_ACT_NOTIFY') {
    problems.add(prefix + key, action, 'an action that needs no listener: SCMP_ACT_NOTIFY is not supported')
  } else if (!isAction(action)) {
    problems.add(prefix + key, action, 'an action such as SCMP_ACT_ALLOW or SCMP_ACT_ERRNO')
  } else if (data !== undefined) {
    if (!takesData(action)) problems.add(prefix + dataKey, data, `nothing: ${action} has no errno`)
    else if (!isWithin(data, maxData(action))) problems.add(prefix + dataKey, data, `0 to ${maxData(action)}`)
  }
}

function checkArg(problems: Problems, path: string, value: unknown): void {
  const arg = problems.object(path, value, ARG)
  if (!arg) return
  if (!isWithin(arg.index, 5)) problems.add(`${path}.index`, arg.index, '0 to 5')
  if (!OPERATORS.includes(String(arg.op)))
    problems.add(`${path}.op`, arg.op, `one of ${OPERATORS.join(', ')}`)
  const first = parseValue(arg.value)
  if (first === undefined) problems.add(`${path}.value`, arg.value, NUMBER)
  if (arg.valueTwo === undefined) return
  const second = parseValue(arg.valueTwo)
  if (second === undefined) problems.add(`${path}.valueTwo`, arg.valueTwo, NUMBER)
  else if (arg.op !== 'SCMP_CMP_MASKED_EQ') {
    // Written out by tools that know no optional numbers; a zero there says nothing.
    if (second !== 0n)
      problems.add(`${path}.valueTwo`, arg.valueTwo, 'nothing: only SCMP_CMP_MASKED_EQ has one')
  } else if (first !== undefined && (second & ~first) !== 0n) {
    problems.add(`${path}.valueTwo`, arg.valueTwo, 'only bits of the mask in value, or it can never match')
  }
}

function checkFilter(problems: Problems, path: string, value: unknown): void {
  if (value === undefined) return
  const filter = problems.object(path, value, FILTER)
  if (!filter) return
  problems.names(
    `${path}.caps`,
    filter.caps,
    (name) => KNOWN_CAPABILITIES.has(name),
    'a capability such as CAP_CHOWN',
  )
  problems.names(
    `${path}.arches`,
    filter.arches,
    (name) => GOARCHES.has(name),
    'an architecture such as amd64',
  )
  const kernel = filter.minKernel
  if (kernel !== undefined && (typeof kernel !== 'string' || !parseKernel(kernel))) {
    problems.add(`${path}.minKernel`, kernel, 'a kernel version, major.minor')
  }
}

function isWithin(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}
