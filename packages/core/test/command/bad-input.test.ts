import { describe, expect, test } from '@jest/globals'
import { resolveCommand, resolveProcess, resolveResources } from '../../dist/command/resolve.js'
import type { ExecdError, Problem } from '../../dist/errors/execd-error.js'
import { BAD } from './bad-values.js'
import { pathOf, SAMPLES, withValue } from './samples.js'

const small = SAMPLES.small

function errorOf(action: () => unknown): ExecdError {
  try {
    action()
  } catch (error) {
    return error as ExecdError
  }
  throw new Error('it was taken')
}

const problemsOf = (input: unknown): readonly Problem[] => {
  const error = errorOf(() => resolveCommand(input))
  expect(error.code).toBe('EXECD_INVALID_COMMAND')
  return error.details.problems ?? []
}

describe('one wrong value gives one problem with its place, what is wanted and what was given', () => {
  const cases = BAD.map(([path, value, wanted, place = path]) => ({
    title: `${path}: ${JSON.stringify(value).slice(0, 80)}`,
    path,
    value,
    wanted,
    place,
  }))
  test.each(cases)('$title', ({ path, value, wanted, place }) => {
    const problems = problemsOf(withValue(small, pathOf(path), value))
    expect(problems).toEqual([
      { path: place, wanted: expect.stringContaining(wanted), got: expect.stringMatching(/./) },
    ])
  })
})

describe('rules over several fields', () => {
  const mapping = [{ containerID: 0, hostID: 0, size: 10 }]
  test.each<readonly [what: string, input: Record<string, unknown>, path: string]>([
    ['a host name needs a UTS namespace', { hostname: 'x', namespaces: { uts: 'host' } }, 'hostname'],
    [
      'a domain name needs a UTS namespace',
      { domainname: 'x', namespaces: { uts: { container: 'a' } } },
      'domainname',
    ],
    [
      'net sysctls need a network of their own',
      { sysctl: { 'net.a': '1' }, network: { mode: 'host' } },
      'sysctl["net.a"]',
    ],
    [
      'ipc sysctls need an IPC namespace',
      { sysctl: { 'kernel.sem': '1' }, namespaces: { ipc: 'host' } },
      'sysctl["kernel.sem"]',
    ],
    ['an init needs a pid namespace', { init: true, namespaces: { pid: 'host' } }, 'init'],
    [
      'maps need a user namespace',
      { namespaces: { user: 'host', uidMappings: mapping, gidMappings: mapping } },
      'namespaces.user',
    ],
    [
      'map ranges do not overlap',
      {
        namespaces: {
          uidMappings: [...mapping, { containerID: 5, hostID: 100, size: 10 }],
          gidMappings: mapping,
        },
      },
      'namespaces.uidMappings',
    ],
    [
      'interfaces have different names',
      { network: { mode: 'bridge', interfaces: [{ bridge: 'a' }, { bridge: 'b' }] } },
      'network.interfaces',
    ],
  ])('%s', (_what, input, path) => {
    expect(problemsOf({ ...small, ...input }).map((problem) => problem.path)).toEqual([path])
  })
})

describe('all problems at once', () => {
  test('wrong fields, unknown names and rules over several fields together', () => {
    const error = errorOf(() =>
      resolveCommand({
        hostname: 'x',
        namespaces: { uts: 'host', user: 'me' },
        rootfs: { type: 'overlay' },
        process: { args: 'ls', consoleSize: { height: 1, width: 1 }, terminl: true },
        resources: { memory: { limit: '5x', swap: '1g' } },
      }),
    )
    expect(error.details.problems?.map(({ path }) => path)).toEqual([
      'rootfs.lower',
      'process.args',
      'process.terminl',
      'namespaces.user',
      'resources.memory.limit',
      'process.consoleSize',
      'hostname',
    ])
    expect(error.message).toMatch(
      /^invalid command, 7 problems:\n {2}rootfs\.lower: wanted an absolute path or an array of them, got nothing\n/,
    )
    expect(error.details).toMatchObject({ path: 'rootfs.lower', got: 'nothing' })
  })

  test('a rule that only fails because of another problem is not reported', () => {
    const paths = (input: object) => problemsOf({ ...small, ...input }).map(({ path }) => path)
    expect(
      paths({ process: { args: ['a'], terminal: 'yes', consoleSize: { height: 1, width: 1 } } }),
    ).toEqual(['process.terminal'])
    expect(paths({ resources: { memory: { limit: 'x', swap: '1g' } } })).toEqual(['resources.memory.limit'])
    expect(paths({ network: { mode: 'x', path: '/n' } })).toEqual(['network.mode'])
    expect(
      paths({ process: { args: ['a'], capabilities: { add: ['SYS_ADMINN'], ambient: ['SYS_ADMIN'] } } }),
    ).toEqual(['process.capabilities.add[0]'])
  })

  test('the same rule is reported beside a problem that it does not hang on', () => {
    const process = { args: ['a'], terminal: 'yes', umask: 'x', consoleSize: { height: 1, width: 1 } }
    const paths = problemsOf({ ...small, process, hostname: 'x', namespaces: { uts: 'host' } }).map(
      ({ path }) => path,
    )
    expect(paths).toEqual(['process.umask', 'process.terminal', 'hostname'])
    expect(errorOf(() => resolveProcess(process)).details.problems?.map(({ path }) => path)).toEqual([
      'umask',
      'terminal',
    ])
    expect(
      errorOf(() => resolveProcess({ ...process, terminal: false })).details.problems?.map(
        ({ path }) => path,
      ),
    ).toEqual(['umask', 'consoleSize'])
  })

  test.each([undefined, null, 5, 'ls', [], () => 1])('%p is no command', (input) => {
    expect(problemsOf(input)).toMatchObject([{ path: '', wanted: 'an object' }])
  })

  test('an empty command names what it must have', () => {
    expect(problemsOf({}).map(({ path }) => path)).toEqual(['rootfs', 'process'])
  })
})

describe('names', () => {
  test.each([
    ['proces', 'process'],
    ['hostName', 'hostname'],
    ['mount', 'mounts'],
  ])('%s: did you mean %s', (name, meant) => {
    expect(problemsOf({ ...small, [name]: {} })).toMatchObject([
      { path: name, wanted: `no field of this name; did you mean "${meant}"?` },
    ])
  })

  test('a name like none of them lists those there are', () => {
    expect(problemsOf(withValue(small, ['resources'], { energy: 1 }))[0]?.wanted).toBe(
      'no field of this name; there are memory, cpu, pids, blockIO, unified',
    )
  })

  test('__proto__, which records would drop, is reported', () => {
    const input: unknown = JSON.parse(
      '{"rootfs":"/","process":{"args":["a"],"env":{"__proto__":"secret"}},"labels":{"__proto__":"x"}}',
    )
    expect(problemsOf(input)).toEqual([
      { path: 'process.env.__proto__', wanted: 'no field of this name', got: '[hidden]' },
      { path: 'labels.__proto__', wanted: 'no field of this name', got: '"x"' },
    ])
  })
})

test('no value of an environment is ever in an error', () => {
  const secret = 'hunter2'
  const inputs = [
    { ...small, process: { args: ['a'], env: { TOKEN: [secret] } } },
    { ...small, process: { args: ['a'], env: { TOKEN: `${secret}\0` } } },
    { ...small, process: { args: ['a'], env: { [`TOKEN=${secret}`]: '' } } },
    { ...small, process: { args: ['a'], env: [`TOKEN=${secret}`] } },
    { ...small, process: { args: ['a'], env: `TOKEN=${secret}` } },
    { ...small, process: [{ env: { TOKEN: secret } }] },
    { ...small, hooks: { prestart: [{ path: '/x', env: { TOKEN: { secret } } }] } },
  ]
  for (const input of inputs) {
    const error = errorOf(() => resolveCommand(input))
    expect(error.details.problems?.length).toBeGreaterThan(0)
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(secret)
  }
  expect(errorOf(() => resolveProcess({ args: ['a'], env: { A: secret, B: 5 } })).message).not.toContain(
    secret,
  )
  expect(errorOf(() => resolveProcess({ args: ['a'], env: { B: 51 } })).details.problems).toEqual([
    { path: 'env.B', wanted: 'text', got: '[hidden]' },
  ])
})

test('objects whose content is not in their fields are refused, not read as empty', () => {
  expect(problemsOf({ ...small, resources: new Map([['memory', {}]]) })).toEqual([
    { path: 'resources', wanted: 'plain data', got: 'an object of class Map' },
  ])
  expect(problemsOf({ ...small, hooks: { prestart: new Set() } })).toEqual([
    { path: 'hooks.prestart', wanted: 'an array', got: 'an object of class Set' },
  ])
})

test('long values are cut', () => {
  const [problem] = problemsOf(withValue(small, ['rootfs'], 'x'.repeat(5000)))
  expect(problem?.got.length).toBeLessThan(100)
})

test('exec and update name their own root', () => {
  expect(errorOf(() => resolveProcess({ args: [] })).message).toBe(
    'invalid process: args: wanted at least 1 item, got an empty array',
  )
  expect(errorOf(() => resolveResources({ pids: { limit: 0 } })).message).toBe(
    'invalid resources: pids.limit: wanted at least 1, got 0',
  )
})
