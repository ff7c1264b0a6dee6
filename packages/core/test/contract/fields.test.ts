import { describe, expect, test } from '@jest/globals'
import { resolveCommand, resolveResources } from '../../dist/command/resolve.js'
import { fieldKeys } from '../../dist/contract/field-keys.js'
import { requestedByResources, requestedFields, VALUED_FIELDS } from '../../dist/contract/fields.js'
import { FIRST_FIELDS } from '../../dist/contract/first-fields.js'
import { schemaFields } from '../command/field-list.js'
import { SAMPLES } from '../command/samples.js'

const small = { rootfs: { type: 'host' }, process: { args: ['true'] } }
const keysOf = (input: unknown): string[] => requestedFields(resolveCommand(input)).map(({ key }) => key)

test('a command that names nothing asks for what its defaults say', () => {
  expect(keysOf(small)).toEqual([
    'rootfs.type=host',
    'process.args',
    'process.cwd',
    'process.umask',
    'process.noNewPrivileges',
    'namespaces.pid=private',
    'namespaces.ipc=private',
    'namespaces.uts=private',
    'namespaces.cgroup=private',
    'namespaces.user=auto',
    'network.mode=none',
    'seccomp=default',
    'maskedPaths',
    'readonlyPaths',
  ])
})

describe('what is asked for', () => {
  test.each<[what: string, input: object, field: { key: string; path: string }]>([
    [
      'a namespace by its choice',
      { namespaces: { pid: { container: 'a' } } },
      { key: 'namespaces.pid=container', path: 'namespaces.pid' },
    ],
    [
      'a namespace file',
      { namespaces: { ipc: { path: '/x' } } },
      { key: 'namespaces.ipc=path', path: 'namespaces.ipc' },
    ],
    [
      'a profile by its kind',
      { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } },
      { key: 'seccomp=profile', path: 'seccomp' },
    ],
    [
      'each mount by its place',
      { mounts: [{ type: 'tmpfs', destination: '/a' }] },
      { key: 'mounts=tmpfs', path: 'mounts[0]' },
    ],
    [
      'a record as a whole',
      { resources: { unified: { 'memory.high': '1' } } },
      { key: 'resources.unified', path: 'resources.unified' },
    ],
    [
      'zero',
      { resources: { memory: { swappiness: 0 } } },
      { key: 'resources.memory.swappiness', path: 'resources.memory.swappiness' },
    ],
    [
      'cpus by the quota that they stand for',
      { resources: { cpu: { cpus: 1 } } },
      { key: 'resources.cpu.quota', path: 'resources.cpu.quota' },
    ],
    [
      'prestart programs',
      { hooks: { prestart: [{ path: '/x' }] } },
      { key: 'hooks.prestart', path: 'hooks.prestart' },
    ],
  ])('%s', (_what, input, field) => {
    expect(requestedFields(resolveCommand({ ...small, ...input }))).toContainEqual(field)
  })

  test.each<[what: string, input: object]>([
    ['an id and labels', { id: 'x', labels: { a: 'b' } }],
    ['programs that core runs alone', { hooks: { poststart: [{ path: '/x' }], poststop: [{ path: '/x' }] } }],
    [
      'null, false and empty',
      { hostname: null, init: false, mounts: [], sysctl: {}, resources: { memory: { limit: null } } },
    ],
  ])('not %s', (_what, input) => {
    expect(keysOf({ ...small, ...input })).toEqual(keysOf(small))
  })
})

test('resources of update ask by the same keys', () => {
  const resources = resolveResources({ memory: { limit: '8m' }, unified: { 'memory.high': '1' } })
  expect(requestedByResources(resources).map(({ key }) => key)).toEqual([
    'resources.memory.limit',
    'resources.unified',
  ])
  expect(requestedByResources(resolveResources({}))).toEqual([])
})

describe('fieldKeys', () => {
  const keys = fieldKeys()

  test('has each key once', () => {
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('covers every field of the schema', () => {
    const outside = /^(id|labels|hooks.*|resources\.cpu\.cpus)$/
    const covered = (path: string) =>
      keys.some((key) => {
        const leaf = key.replace(/=.*/, '')
        return (
          path === leaf ||
          path.startsWith(`${leaf}.`) ||
          path.startsWith(`${leaf}[]`) ||
          leaf.startsWith(`${path}.`)
        )
      })
    expect(schemaFields().filter(({ path }) => !outside.test(path) && !covered(path))).toEqual([])
  })

  test('the samples ask for every one of them, and for no other but a verb', () => {
    const asked = new Set([
      ...Object.values(SAMPLES).flatMap((sample) =>
        requestedFields(resolveCommand(sample)).map(({ key }) => key),
      ),
    ])
    expect(keys.filter((key) => !asked.has(key))).toEqual([])
    expect([...asked].filter((key) => !keys.includes(key))).toEqual(['hooks.prestart'])
  })

  test('has a key for each value of a valued field', () => {
    for (const [path, values] of Object.entries(VALUED_FIELDS)) {
      expect(keys.filter((key) => key.startsWith(`${path}=`))).toEqual(
        values.map((value) => `${path}=${value}`),
      )
    }
  })

  test('the lists of the schema and of the valued fields agree', () => {
    const takes = (path: string, value: unknown): boolean => {
      const [top = '', name = ''] = path.split('.')
      try {
        resolveCommand({ ...small, [top]: name === '' ? value : { [name]: value } })
        return true
      } catch {
        return false
      }
    }
    for (const path of ['namespaces.cgroup', 'namespaces.user']) {
      for (const value of ['private', 'host', 'auto', 'container', 'path']) {
        expect([path, value, takes(path, value)]).toEqual([path, value, VALUED_FIELDS[path]?.includes(value)])
      }
    }
  })
})

describe('FIRST_FIELDS', () => {
  /** Keys that `Command` got after the first release: they go here, never into the list. */
  const later: string[] = []

  test('with those that came later they are all keys', () => {
    expect([...FIRST_FIELDS, ...later].sort()).toEqual([...fieldKeys()].sort())
  })

  test('cannot be added to', () => {
    expect(Object.isFrozen(FIRST_FIELDS)).toBe(true)
  })
})
