import { CAPABILITIES, DEFAULT_CAPABILITIES, RLIMITS, resolveProcess } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import {
  addBounds,
  addProcess,
  capabilityMask,
  type Filter,
  type ProcessContext,
} from '../../dist/isolation/process.js'
import { RLIMIT } from '../../dist/linux/constants.js'
import { USER_FLAG } from '../../dist/plan/fields.js'
import { step } from '../../dist/plan/steps.js'
import { built, only, place, stepsNamed } from './support/inputs.js'

const FILTER: Filter = { program: Buffer.from([6, 0, 0, 0, 0, 0, 255, 127]), flags: 4 }
const DOCKER = 0xa80425fbn

function processPlan(input: object = {}, more: Partial<ProcessContext> = {}) {
  const process = resolveProcess({ args: ['true'], ...input })
  const context: ProcessContext = {
    user: { user: { number: 0 }, group: { number: 0 } },
    denySetgroups: false,
    ownedStdio: [false, false, false],
    seccomp: FILTER,
    available: null,
    init: null,
    ...more,
  }
  return built((builder) => {
    addBounds(builder, process, context)
    addProcess(builder, process, context)
  })
}
const stepsOf = (...args: Parameters<typeof processPlan>) => processPlan(...args).steps
const namesOf = (...args: Parameters<typeof processPlan>) => stepsOf(...args).map((one) => one.name)

describe('the order of steps', () => {
  const COMMON = ['session', 'keyring', 'pdeathsig', 'chdir']

  test('with no_new_privs the filter comes last of all', () => {
    expect(namesOf()).toEqual([
      ...['bound', 'umask', 'noNewPrivs', 'env', 'user', 'capset'],
      ...COMMON,
      ...['seccomp', 'exec'],
    ])
  })

  test('without it the filter comes before the user, who may not load one', () => {
    expect(namesOf({ noNewPrivileges: false })).toEqual([
      ...['bound', 'umask', 'seccomp', 'env', 'user', 'capset'],
      ...COMMON,
      'exec',
    ])
  })

  test('with an init the filter holds for the init too', () => {
    expect(namesOf({}, { init: 'first' })).toEqual([
      ...['bound', 'umask', 'noNewPrivs', 'env', 'user', 'capset', 'seccomp', 'init'],
      ...COMMON,
      'exec',
    ])
    expect(namesOf({ noNewPrivileges: false }, { init: 'first' })).toEqual([
      ...['bound', 'umask', 'seccomp', 'env', 'user', 'capset', 'init'],
      ...COMMON,
      'exec',
    ])
  })

  test.each([
    ['unconfined', {}, { seccomp: null }],
    ['unconfined, with new privileges', { noNewPrivileges: false }, { seccomp: null }],
    ['unconfined, with an init', {}, { seccomp: null, init: 'first' as const }],
  ])('%s there is no filter', (_, input, more) => {
    expect(namesOf(input, more)).not.toContain('seccomp')
  })

  test('everything that is asked for, at once', () => {
    const input = {
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 5 }],
      apparmorProfile: 'profile',
      selinuxLabel: 'label',
    }
    expect(namesOf(input).slice(0, 5)).toEqual(['execAttr', 'execAttr', 'bound', 'rlimit', 'umask'])
  })

  // Each pair has a reason of its own; together they are what the security of the start rests on.
  test.each([
    ['bound', 'user', 'dropping from the bounding set needs CAP_SETPCAP'],
    ['rlimit', 'user', 'raising a hard limit needs CAP_SYS_RESOURCE'],
    ['execAttr', 'user', 'the label is asked for by root'],
    ['user', 'capset', 'changing ids clears the effective set'],
    ['env', 'user', 'HOME is added to it'],
    ['capset', 'init', 'the init keeps no more than the command'],
    ['noNewPrivs', 'init', 'the init may not gain privileges either'],
    ['seccomp', 'init', 'the init is filtered too'],
    ['init', 'session', 'the session is of the command'],
    ['init', 'pdeathsig', 'the signal is of the process that asks'],
    ['user', 'pdeathsig', 'changing ids clears it'],
    ['capset', 'chdir', 'the folder is entered with the rights of the user'],
    ['chdir', 'exec', 'nothing comes after exec'],
  ] as const)('%s before %s: %s', (first, second, _why) => {
    const input = { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 5 }], apparmorProfile: 'profile' }
    const steps = stepsOf(input, { init: 'first' })
    expect(place(steps, first)).toBeLessThan(place(steps, second))
    expect(steps.at(-1)?.name).toBe('exec')
  })
})

describe('capabilities', () => {
  const rights = (input: object, more: Partial<ProcessContext> = {}) => {
    const steps = stepsOf({ capabilities: input }, more)
    const { rootMask, ambient } = only(steps, 'capset')
    return { bound: only(steps, 'bound').mask, rootMask, ambient }
  }

  test('capabilityMask has the kernel’s bits', () => {
    expect(capabilityMask([])).toBe(0n)
    expect(capabilityMask(['CAP_CHOWN'])).toBe(1n)
    expect(capabilityMask(['CAP_SYS_ADMIN', 'CAP_CHECKPOINT_RESTORE'])).toBe((1n << 21n) | (1n << 40n))
    expect(capabilityMask(DEFAULT_CAPABILITIES)).toBe(DOCKER)
    expect(capabilityMask(CAPABILITIES)).toBe((1n << 41n) - 1n)
  })

  test('the bounding set and that of root are what the command asks for', () => {
    expect(rights({})).toEqual({ bound: DOCKER, rootMask: DOCKER, ambient: 0n })
    expect(rights({ drop: ['ALL'] })).toEqual({ bound: 0n, rootMask: 0n, ambient: 0n })
    expect(rights({ drop: ['ALL'], add: ['KILL'], ambient: ['KILL'] })).toEqual({
      bound: 1n << 5n,
      rootMask: 1n << 5n,
      ambient: 1n << 5n,
    })
  })

  test('what this process does not have is left out, but not in a user namespace', () => {
    const available = (1n << 0n) | (1n << 5n) | (1n << 30n)
    const some = rights({ add: ['ALL'] }, { available })
    expect(some).toEqual({ bound: available, rootMask: available, ambient: 0n })
    expect(rights({}, { available }).rootMask).toBe((1n << 0n) | (1n << 5n))
    expect(rights({ add: ['ALL'] }, { available: null }).rootMask).toBe((1n << 41n) - 1n)
  })
})

describe('the user', () => {
  const user = (input: object = {}, more: Partial<ProcessContext> = {}) => only(stepsOf(input, more), 'user')

  test.each<[string, ProcessContext['user'], object]>([
    ['numbers', { user: { number: 5 }, group: { number: 6 } }, { uid: 5, gid: 6, user: '', group: '' }],
    ['names', { user: { name: 'a' }, group: { name: 'b' } }, { uid: -1, gid: -1, user: 'a', group: 'b' }],
    ['a name only', { user: { name: 'a' }, group: null }, { uid: -1, gid: -1, user: 'a', group: '' }],
    ['a number only', { user: { number: 5 }, group: null }, { uid: 5, gid: -1, user: '', group: '' }],
    [
      'a name and 0',
      { user: { name: 'a' }, group: { number: 0 } },
      { uid: -1, gid: 0, user: 'a', group: '' },
    ],
  ])('%s', (_, choice, expected) => {
    expect(user({}, { user: choice })).toMatchObject(expected)
  })

  test('a number that the container does not know has a group of its own number, never root’s', () => {
    expect(user({}, { user: { user: { number: 77 }, group: null } }).fallbackGid).toBe(77)
    expect(user({}, { user: { user: { number: 0 }, group: null } }).fallbackGid).toBe(0)
  })

  test('HOME and memberships, or the groups kept where setgroups is denied', () => {
    expect(user().flags).toBe(USER_FLAG.home | USER_FLAG.memberships)
    expect(user({}, { denySetgroups: true }).flags).toBe(USER_FLAG.home | USER_FLAG.keepGroups)
  })

  test.each<[[boolean, boolean, boolean], number]>([
    [[true, false, false], USER_FLAG.ownStdin],
    [[false, true, false], USER_FLAG.ownStdout],
    [[false, false, true], USER_FLAG.ownStderr],
    [[true, true, true], USER_FLAG.ownStdin | USER_FLAG.ownStdout | USER_FLAG.ownStderr],
  ])('pipes of ours are given: %j', (ownedStdio, flags) => {
    expect(user({}, { ownedStdio }).flags).toBe(USER_FLAG.home | USER_FLAG.memberships | flags)
  })

  test('additional groups by number and by name', () => {
    expect(user({ additionalGroups: [3000, 'staff', '4', 'v5x'] })).toMatchObject({
      extraGids: [3000, 4],
      extraGroups: ['staff', 'v5x'],
    })
  })
})

describe('the rest', () => {
  test('PATH has a default, which the command may replace; nothing else is there', () => {
    const variables = (input: object) => only(stepsOf(input), 'env').variables
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    expect(variables({})).toEqual([path])
    expect(variables({ env: { A: '1', B: '' } })).toEqual([path, 'A=1', 'B='])
    expect(variables({ env: { PATH: '/x' } })).toEqual(['PATH=/x'])
    expect(variables({ terminal: true })).toEqual([path, 'TERM=xterm'])
    expect(variables({ terminal: true, env: { TERM: 'vt100' } })).toEqual([path, 'TERM=vt100'])
  })

  test('resource limits in order, without one as -1', () => {
    const rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 10, hard: 20 },
      { type: 'RLIMIT_CORE', soft: 0 },
      { type: 'RLIMIT_MEMLOCK', soft: 5, hard: 'unlimited' },
      { type: 'RLIMIT_STACK', soft: 'unlimited' },
    ]
    expect(stepsNamed(stepsOf({ rlimits }), 'rlimit')).toEqual([
      step.rlimit({ resource: 7, soft: 10, hard: 20 }),
      step.rlimit({ resource: 4, soft: 0, hard: 0 }),
      step.rlimit({ resource: 8, soft: 5, hard: -1 }),
      step.rlimit({ resource: 3, soft: -1, hard: -1 }),
    ])
  })

  test('every limit that a command may name has a number of its own', () => {
    expect(Object.keys(RLIMIT).toSorted()).toEqual([...RLIMITS].toSorted())
    expect(new Set(Object.values(RLIMIT)).size).toBe(RLIMITS.length)
  })

  test('labels go to the module that they are of', () => {
    expect(stepsNamed(stepsOf({ apparmorProfile: 'p', selinuxLabel: 'l' }), 'execAttr')).toEqual([
      step.execAttr({ lsm: 'apparmor', value: 'exec p' }),
      step.execAttr({ lsm: 'selinux', value: 'l' }),
    ])
  })

  test('umask, folder, terminal, filter and arguments are the command’s', () => {
    const steps = stepsOf({ umask: 0o77, cwd: '/work', terminal: true, args: ['sh', '-c', ''] })
    expect(only(steps, 'umask').mask).toBe(0o77)
    expect(only(steps, 'chdir').path).toBe('/work')
    expect(only(steps, 'session').controllingTerminal).toBe(true)
    expect(only(steps, 'exec').args).toEqual(['sh', '-c', ''])
    expect(only(steps, 'seccomp')).toEqual(step.seccomp({ flags: 4, filter: FILTER.program }))
    expect(only(steps, 'pdeathsig').signal).toBe(9)
    expect(only(stepsOf(), 'session').controllingTerminal).toBe(false)
  })

  test.each([
    ['rlimit', 'EXECD_LIMIT', 'process.rlimits'],
    ['user', 'EXECD_USER_NOT_FOUND', 'process.user'],
    ['capset', 'EXECD_PERMISSION', 'process.capabilities'],
    ['chdir', 'EXECD_WORKING_DIRECTORY', 'process.cwd'],
    ['seccomp', 'EXECD_SECCOMP', 'seccomp'],
    ['exec', 'EXECD_START_FAILED', 'process.args'],
    ['execAttr', 'EXECD_SECURITY_MODULE', 'process.selinuxLabel'],
  ] as const)('a failure of %s is %s of %s', (name, code, field) => {
    const { steps, about } = processPlan({
      selinuxLabel: 'l',
      rlimits: [{ type: 'RLIMIT_CPU', soft: 1 }],
    })
    expect(about[place(steps, name)]).toMatchObject({ code, field })
  })
})
