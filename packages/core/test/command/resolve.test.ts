import { describe, expect, test } from '@jest/globals'
import { commandSchema } from '../../dist/command/command.js'
import { resolveCommand, resolveProcess, resolveResources } from '../../dist/command/resolve.js'
import { copy, SAMPLES, withValue } from './samples.js'

const small = SAMPLES.small

describe('resolveCommand', () => {
  test.each(Object.keys(SAMPLES))('%s: through JSON and again gives the same', (name) => {
    const once = resolveCommand(SAMPLES[name])
    const json = JSON.stringify(once)
    expect(JSON.stringify(resolveCommand(JSON.parse(json)))).toBe(json)
    expect(commandSchema.parse(JSON.parse(json))).toEqual(JSON.parse(json))
  })

  test('makes an id of 12 hexadecimal digits, a new one each time, when there is none', () => {
    const ids = new Set(Array.from({ length: 50 }, () => resolveCommand(small).id))
    expect(ids.size).toBe(50)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}$/)
    expect(resolveCommand({ ...small, id: null }).id).toMatch(/^[0-9a-f]{12}$/)
    expect(resolveCommand({ ...small, id: 'mine' }).id).toBe('mine')
  })

  test('fills in the safe defaults', () => {
    expect(resolveCommand(small)).toMatchObject({
      network: { mode: 'none' },
      namespaces: { pid: 'private', ipc: 'private', uts: 'private', cgroup: 'private', user: 'auto' },
      seccomp: 'default',
      process: {
        env: {},
        cwd: '/',
        noNewPrivileges: true,
        privileged: false,
        capabilities: { add: [], drop: [], ambient: [] },
      },
    })
  })

  test('converts what is written for people', () => {
    expect(resolveCommand(SAMPLES.everything)).toMatchObject({
      process: {
        additionalGroups: ['27', 'video'],
        capabilities: { add: ['CAP_NET_ADMIN'] },
        rlimits: [{}, { type: 'RLIMIT_CORE', soft: 'unlimited', hard: 'unlimited' }],
      },
      resources: { memory: { limit: 64 * 1024 ** 2, reservation: 32 * 1024 ** 2, swap: 1024 ** 3 } },
      hooks: { prestart: [{ timeout: 1500 }], poststop: [{ timeout: 60_000 }] },
    })
    expect(resolveCommand(SAMPLES.overlay)).toMatchObject({
      process: { user: '0' },
      resources: { cpu: { quota: 50_000, period: 100_000 } },
    })
    expect(resolveCommand(SAMPLES.overlay).resources.cpu).not.toHaveProperty('cpus')
    expect(resolveCommand(SAMPLES.throwaway).rootfs).toMatchObject({ lower: ['/a'], size: 10 * 1024 ** 2 })
    expect(resolveCommand(SAMPLES.short).rootfs).toEqual({
      type: 'directory',
      path: '/srv/root',
      readonly: false,
      idmap: false,
    })
  })

  test('keeps the fields of a seccomp profile that it does not know', () => {
    expect(resolveCommand(SAMPLES.everything).seccomp).toMatchObject({
      defaultErrnoRet: 1,
      syscalls: [{ args: [] }],
    })
  })

  test('freezes the result to its depth and leaves the input alone', () => {
    const input = copy(SAMPLES.everything)
    const command = resolveCommand(input)
    const open: string[] = []
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) open.push(path)
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`)
    }
    visit(command, 'command')
    expect(open).toEqual([])
    expect(input).toEqual(SAMPLES.everything)
    const changing = input as {
      seccomp: { syscalls: Array<{ args: unknown[] }> }
      process: { args: string[] }
    }
    changing.process.args.push('more')
    changing.seccomp.syscalls[0]?.args.push(1)
    expect(command.process.args).toEqual(['sh', '-c', 'true'])
    expect(command.seccomp).toMatchObject({ syscalls: [{ args: [] }] })
  })

  test('takes an explicit undefined for left out', () => {
    expect(resolveCommand({ ...small, hostname: undefined, id: 'x' })).toEqual(
      resolveCommand({ ...small, id: 'x' }),
    )
  })
})

describe('privileged', () => {
  const privileged = withValue(small, ['process', 'privileged'], true)

  test('sets what was left out', () => {
    expect(resolveCommand(privileged)).toMatchObject({
      process: { noNewPrivileges: false, capabilities: { add: ['ALL'], drop: [] } },
      seccomp: 'unconfined',
      maskedPaths: [],
      readonlyPaths: [],
      devices: { allowed: [{ type: 'a', major: null, minor: null, access: 'rwm' }], created: [] },
    })
  })

  test.each([
    [['process', 'noNewPrivileges'], true],
    [['process', 'capabilities', 'add'], ['CAP_NET_ADMIN']],
    [['seccomp'], 'default'],
    [['maskedPaths'], ['/proc/kcore']],
    [['readonlyPaths'], ['/proc/sys']],
    [['devices', 'allowed'], []],
  ])('leaves %j as it was given', (path, value) => {
    const command: unknown = resolveCommand(withValue(privileged, path, value))
    const found = path.reduce((inner, key) => (inner as Record<string, unknown>)[key], command)
    expect(found).toEqual(value)
  })

  test('sets the rest when one field beside it was given', () => {
    const command = resolveCommand(
      withValue(privileged, ['process', 'capabilities'], { drop: ['SYS_MODULE'] }),
    )
    expect(command.process.capabilities).toEqual({ add: ['ALL'], drop: ['CAP_SYS_MODULE'], ambient: [] })
    const devices = resolveCommand(
      withValue(privileged, ['devices'], { created: [{ path: '/dev/fuse' }] }),
    ).devices
    expect(devices.allowed).toHaveLength(1)
  })

  test('does not happen without it', () => {
    expect(resolveCommand(withValue(small, ['process', 'privileged'], false))).toMatchObject({
      seccomp: 'default',
    })
  })
})

test('resolveProcess gives a process with defaults, and what privileged means for it', () => {
  expect(resolveProcess({ args: ['ps'], user: 7 })).toMatchObject({
    args: ['ps'],
    cwd: '/',
    user: '7',
    noNewPrivileges: true,
  })
  expect(resolveProcess({ args: ['ps'], privileged: true })).toMatchObject({
    noNewPrivileges: false,
    capabilities: { add: ['ALL'] },
  })
  expect(Object.isFrozen(resolveProcess({ args: ['ps'] }).args)).toBe(true)
})

test('resolveResources leaves everything that is not named unchanged: null, false or empty', () => {
  const { memory, ...rest } = resolveResources({ memory: { limit: '128MiB' } })
  expect(memory).toEqual({
    limit: 128 * 1024 ** 2,
    reservation: null,
    swap: null,
    swappiness: null,
    disableOOMKiller: false,
  })
  expect(rest).toEqual({
    cpu: { shares: null, quota: null, period: null, cpusetCpus: null, cpusetMems: null },
    pids: { limit: null },
    blockIO: {
      weight: null,
      weightDevice: [],
      throttleReadBpsDevice: [],
      throttleWriteBpsDevice: [],
      throttleReadIOPSDevice: [],
      throttleWriteIOPSDevice: [],
    },
    unified: {},
  })
})
