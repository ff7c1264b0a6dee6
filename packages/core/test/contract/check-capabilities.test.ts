import { describe, expect, test } from '@jest/globals'
import type { Command } from '../../dist/command/command.js'
import { resolveCommand, resolveResources } from '../../dist/command/resolve.js'
import { checkCapabilities, checkResources } from '../../dist/contract/check-capabilities.js'
import { fieldKeys } from '../../dist/contract/field-keys.js'
import { requestedFields } from '../../dist/contract/fields.js'
import type { ExecdError } from '../../dist/errors/execd-error.js'
import { SAMPLES } from '../command/samples.js'
import { allBut } from './support-table.js'

const no = { reason: 'not here' }
const small = { id: 'x', rootfs: { type: 'host' }, process: { args: ['true'] } }

function errorOf(action: () => unknown): ExecdError {
  try {
    action()
  } catch (error) {
    return error as ExecdError
  }
  throw new Error('it was allowed')
}

/** The first sample that asks for the key. */
function asking(key: string): Command {
  for (const sample of Object.values(SAMPLES)) {
    const command = resolveCommand(sample)
    if (requestedFields(command).some((field) => field.key === key)) return command
  }
  throw new Error(`no sample asks for ${key}`)
}

test('a driver that can do everything gets the command as it is', () => {
  const command = resolveCommand(SAMPLES.everything)
  const result = checkCapabilities(command, allBut({}), 'd')
  expect(result).toEqual({ command, skipped: [] })
  expect(result.command).toBe(command)
})

describe('each field that a driver cannot do is refused', () => {
  test.each(fieldKeys())('%s', (key) => {
    const command = asking(key)
    const error = errorOf(() => checkCapabilities(command, allBut({ [key]: no }), 'small'))
    expect(error.code).toBe('EXECD_UNSUPPORTED')
    expect(error.message).toContain(`${key}: not here`)
    expect(error.details).toMatchObject({ driver: 'small', unsupported: [{ key, reason: 'not here' }] })
  })

  test.each(fieldKeys())('%s, when the driver does not list it', (key) => {
    const { [key]: _, ...fields } = allBut({}).fields
    const error = errorOf(() => checkCapabilities(asking(key), { fields, verbs: { prestart: true } }, 'old'))
    expect(error.message).toContain(`${key}: the driver does not know this field`)
  })

  test('prestart programs go by the verb', () => {
    const command = resolveCommand({ ...small, hooks: { prestart: [{ path: '/x' }] } })
    const { fields } = allBut({})
    expect(checkCapabilities(command, { fields, verbs: { prestart: true } }, 'd').skipped).toEqual([])
    expect(errorOf(() => checkCapabilities(command, { fields, verbs: {} }, 'd')).message).toContain(
      'the driver has no "prestart"',
    )
    expect(
      errorOf(() => checkCapabilities(command, { fields, verbs: { prestart: no } }, 'd')).message,
    ).toContain('not here')
  })
})

test('one error lists every field, with reasons and hints', () => {
  const error = errorOf(() =>
    checkCapabilities(
      resolveCommand({ ...small, hostname: 'h', resources: { pids: { limit: 5 } } }),
      allBut({
        hostname: no,
        'resources.pids.limit': { reason: 'no pids controller', hint: 'delegate pids' },
        'seccomp=default': { reason: 'off' },
      }),
      'small',
    ),
  )
  expect(error.message).toBe(
    'driver small does not support 3 of the fields asked for:\n  hostname: not here\n  resources.pids.limit: no pids controller (delegate pids)\n  seccomp=default: off',
  )
  expect(error.hint).toBe('delegate pids')
  expect(error.details.path).toBe('hostname')
})

describe('skipUnsupported', () => {
  const check = (input: object, missing: readonly string[], skip: readonly string[]) =>
    checkCapabilities(
      resolveCommand({ ...small, ...input }),
      allBut(Object.fromEntries(missing.map((key) => [key, no]))),
      'd',
      skip,
    )

  test.each<[skip: string, input: object, missing: string, left: object]>([
    ['hostname', { hostname: 'h' }, 'hostname', { hostname: null }],
    [
      'resources.memory.limit',
      { resources: { memory: { limit: '8m' } } },
      'resources.memory.limit',
      { resources: { memory: { limit: null } } },
    ],
    [
      'resources',
      { resources: { cpu: { cpus: 1 } } },
      'resources.cpu.quota',
      { resources: { cpu: { quota: null, period: 100_000 } } },
    ],
    [
      'resources.unified',
      { resources: { unified: { 'memory.high': '1' } } },
      'resources.unified',
      { resources: { unified: {} } },
    ],
    ['process.noNewPrivileges', {}, 'process.noNewPrivileges', { process: { noNewPrivileges: false } }],
    ['process.env', { process: { args: ['a'], env: { A: 'b' } } }, 'process.env', { process: { env: {} } }],
    ['process.cwd', { process: { args: ['a'], cwd: '/tmp' } }, 'process.cwd', { process: { cwd: '/' } }],
    ['process.umask', { process: { args: ['a'], umask: 0 } }, 'process.umask', { process: { umask: 0o022 } }],
    [
      'process.consoleSize',
      { process: { args: ['a'], terminal: true, consoleSize: { height: 1, width: 2 } } },
      'process.consoleSize',
      { process: { terminal: true, consoleSize: null } },
    ],
    ['maskedPaths', {}, 'maskedPaths', { maskedPaths: [] }],
    [
      'namespaces',
      { namespaces: { pid: 'host' } },
      'namespaces.pid=host',
      { namespaces: { pid: 'private' } },
    ],
    ['namespaces.cgroup', {}, 'namespaces.cgroup=private', { namespaces: { cgroup: 'host' } }],
    ['namespaces.user=auto', {}, 'namespaces.user=auto', { namespaces: { user: 'private' } }],
    ['network.mode=none', {}, 'network.mode=none', { network: { mode: 'host' } }],
    [
      'network',
      { network: { mode: 'bridge', interfaces: [{ bridge: 'br0' }] } },
      'network.mode=bridge',
      { network: { mode: 'none', interfaces: [] } },
    ],
    ['seccomp', { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } }, 'seccomp=profile', { seccomp: 'default' }],
    ['seccomp=default', {}, 'seccomp=default', { seccomp: 'unconfined' }],
    ['mounts', { mounts: [{ type: 'tmpfs', destination: '/a' }] }, 'mounts=tmpfs', { mounts: [] }],
    ['mounts[0]', { mounts: [{ type: 'tmpfs', destination: '/a' }] }, 'mounts=tmpfs', { mounts: [] }],
    [
      'hooks.prestart',
      { hooks: { prestart: [{ path: '/x' }] } },
      'hooks.prestart',
      { hooks: { prestart: [] } },
    ],
  ])('%s: %j without %s', (skip, input, missing, left) => {
    const verbs = missing === 'hooks.prestart' ? {} : { prestart: true as const }
    const result = checkCapabilities(
      resolveCommand({ ...small, ...input }),
      { ...allBut({ [missing]: no }), verbs },
      'd',
      [skip],
    )
    expect(result.skipped).toEqual([missing])
    expect(result.command).toMatchObject(left)
    expect(Object.isFrozen(result.command)).toBe(true)
  })

  test('every field but the rootfs and the arguments can be skipped, alone or with what stands on it', () => {
    const together: Readonly<Record<string, readonly string[]>> = {
      'process.terminal': ['process.consoleSize'],
      'process.capabilities.add': ['process.capabilities.ambient'],
      'namespaces.uidMappings': ['namespaces.gidMappings'],
      'namespaces.gidMappings': ['namespaces.uidMappings'],
      'namespaces.user=private': ['namespaces.uidMappings', 'namespaces.gidMappings'],
      'namespaces.pid=private': ['init'],
      'namespaces.ipc=private': ['sysctl'],
      'namespaces.uts=private': ['hostname', 'domainname'],
      'network.container': ['network.mode=container'],
      'network.path': ['network.mode=path'],
      'network.interfaces': ['network.mode=bridge', 'network.interfaces'],
      'resources.memory.limit': ['resources.memory.swap', 'resources.memory.disableOOMKiller'],
    }
    for (const key of fieldKeys()) {
      if (/^(rootfs|process\.args)/.test(key)) continue
      const keys = [key, ...(together[key] ?? [])]
      const command = asking(key)
      const result = checkCapabilities(
        command,
        allBut(Object.fromEntries(keys.map((name) => [name, no]))),
        'd',
        keys,
      )
      expect(result.skipped).toContain(key)
      if (key === 'process.cwd' || key === 'process.umask') continue
      expect(requestedFields(result.command).map((field) => field.key)).not.toContain(key)
    }
  })

  test('only what is not supported is changed', () => {
    const { command, skipped } = check(
      { hostname: 'h', resources: { pids: { limit: 5 }, memory: { limit: '8m' } } },
      ['resources.pids.limit'],
      ['resources', 'hostname'],
    )
    expect(command).toMatchObject({
      hostname: 'h',
      resources: { pids: { limit: null }, memory: { limit: 8 * 1024 ** 2 } },
    })
    expect(skipped).toEqual(['resources.pids.limit'])
  })

  test('only what is named is skipped', () => {
    const error = errorOf(() => check({ hostname: 'h', init: true }, ['hostname', 'init'], ['hostname']))
    expect(error.message).toBe('driver d does not support init: not here')
  })

  test('a key is listed once, and only its own mounts go', () => {
    const mounts = [
      { type: 'tmpfs', destination: '/a' },
      { type: 'bind', source: '/s', destination: '/b' },
      { type: 'tmpfs', destination: '/c' },
    ]
    const { command, skipped } = check({ mounts }, ['mounts=tmpfs'], ['mounts'])
    expect(skipped).toEqual(['mounts=tmpfs'])
    expect(command.mounts.map(({ destination }) => destination)).toEqual(['/b'])
  })

  test('a namespace falls to the host only when the driver has no private one', () => {
    const shared = { namespaces: { uts: { container: 'a' } } }
    expect(check(shared, ['namespaces.uts=container'], ['namespaces']).command.namespaces.uts).toBe('private')
    expect(
      check(shared, ['namespaces.uts=container', 'namespaces.uts=private'], ['namespaces']).command.namespaces
        .uts,
    ).toBe('host')
    expect(
      check(
        shared,
        ['namespaces.uts=container', 'namespaces.uts=private', 'namespaces.uts=host'],
        ['namespaces'],
      ).command.namespaces.uts,
    ).toBe('host')
  })

  test('a command that contradicts itself without the field is refused, and says what to leave out too', () => {
    const error = errorOf(() => check({ hostname: 'h' }, ['namespaces.uts=private'], ['namespaces.uts']))
    expect(error.code).toBe('EXECD_UNSUPPORTED')
    expect(error.message).toContain('without namespaces.uts=private')
    expect(error.message).toContain('hostname: wanted only with')
    expect(error.hint).toBe('leave hostname out too')
  })

  test.each(['rootfs', 'rootfs.type=host', 'rootfs.readonly', 'process.args'])(
    '%s can never be skipped',
    (name) => {
      expect(errorOf(() => check({}, [], [name]))).toMatchObject({
        code: 'EXECD_INVALID_OPTION',
        details: { path: 'skipUnsupported' },
      })
    },
  )

  test('skipping a whole object skips nothing of what cannot be left out', () => {
    expect(errorOf(() => check({}, ['process.args'], ['process'])).code).toBe('EXECD_UNSUPPORTED')
  })

  test.each([
    ['resources.memory.limits', 'did you mean "resources.memory.limit"?'],
    ['host', 'the key of a field, such as'],
    ['', 'the key of a field, such as'],
    ['resource', 'did you mean "resources"?'],
    ['namespaces.pid=pirvate', 'did you mean "namespaces.pid=private"?'],
    ['namespaces.pid=other', 'the key of a field'],
    ['labels', 'the key of a field'],
  ])('the unknown name %j is refused', (name, wanted) => {
    const error = errorOf(() => check({}, [], [name]))
    expect(error.code).toBe('EXECD_INVALID_OPTION')
    expect(error.details.wanted).toContain(wanted)
  })
})

test('resources of update are compared too', () => {
  const resources = resolveResources({ cpu: { shares: 5 } })
  expect(() => checkResources(resources, allBut({ 'resources.pids.limit': no }), 'd')).not.toThrow()
  expect(errorOf(() => checkResources(resources, allBut({ 'resources.cpu.shares': no }), 'd')).code).toBe(
    'EXECD_UNSUPPORTED',
  )
})
