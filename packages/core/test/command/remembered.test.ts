import { describe, expect, test } from '@jest/globals'
import { originOf, recall, recallProcess, remember, rememberProcess } from '../../dist/command/remembered.js'
import { resolveCommand, resolveProcess } from '../../dist/command/resolve.js'
import { checkCapabilities } from '../../dist/contract/check-capabilities.js'
import type { ExecdError } from '../../dist/errors/execd-error.js'
import { allBut } from '../contract/support-table.js'
import { copy, SAMPLES } from './samples.js'

const id = (): string => 'new-id'

function problemsOf(input: unknown): unknown {
  try {
    return resolveCommand(input)
  } catch (error) {
    return (error as ExecdError).details.problems
  }
}

/** Of its own in each test: what was checked in another is remembered too. */
const command = (path: string, process: object = {}, more: object = {}) => ({
  rootfs: { type: 'directory', path },
  process: { args: ['true'], cwd: '/tmp', ...process },
  ...more,
})

describe('a command that was checked before', () => {
  test.each(Object.keys(SAMPLES))('%s: comes out the same, with an id of its own', (name) => {
    const first = resolveCommand(SAMPLES[name])
    const again = recall(copy(SAMPLES[name]), id)
    expect(again).toEqual({ ...first, id: (SAMPLES[name] as { id?: string }).id ?? 'new-id' })
    expect(again).not.toBe(first)
    expect(Object.isFrozen(again?.process.args) && Object.isFrozen(again?.process.env)).toBe(true)
  })

  test('shares its parts with the first, whatever its arguments and its environment', () => {
    const first = resolveCommand(command('/shared', { env: { A: '1' } }))
    const again = resolveCommand(
      command('/shared', { args: ['x', 'y'], env: { B: '2', C: '3' } }, { labels: { a: 'b' } }),
    )
    expect(originOf(again)).toBe(first)
    expect(again.rootfs).toBe(first.rootfs)
    expect(again.process).toEqual({ ...first.process, args: ['x', 'y'], env: { B: '2', C: '3' } })
    expect(again.labels).toEqual({ a: 'b' })
  })

  test('is not changed by what the caller does to its input afterwards', () => {
    const input = command('/mutated')
    resolveCommand(input)
    input.rootfs.path = '/elsewhere'
    expect(recall(input, id)).toBeNull()
    expect(resolveCommand(input).rootfs).toMatchObject({ path: '/elsewhere' })
    expect(resolveCommand(command('/mutated')).rootfs).toMatchObject({ path: '/mutated' })
  })

  test.each([
    ['no arguments', { process: { args: [], cwd: '/tmp' } }],
    ['a NUL in an argument', { process: { args: ['a\0b'], cwd: '/tmp' } }],
    ['half a surrogate pair', { process: { args: ['\ud800'], cwd: '/tmp' } }],
    ['an environment that is no object', { process: { args: ['true'], cwd: '/tmp', env: [] } }],
    ['a name with "="', { process: { args: ['true'], cwd: '/tmp', env: { 'A=B': 'c' } } }],
    ['an id with a slash', { id: 'a/b' }],
    ['a label that is no text', { labels: { a: 1 } }],
  ])('with %s: the same problems as at the first time', (_, wrong) => {
    const before = problemsOf({ ...command('/never-seen'), ...wrong })
    resolveCommand(command('/seen'))
    expect(problemsOf({ ...command('/seen'), ...wrong })).toEqual(before)
    expect(Array.isArray(before)).toBe(true)
  })

  test.each([
    ['another value', { hostname: 'b' }],
    ['a field more', { init: true }],
    ['a field more that is undefined', { init: undefined }],
    ['not a number for a number', { resources: { pids: { limit: Number.NaN } } }],
    ['a Map for an object', { sysctl: new Map() }],
    ['an object for a list', { mounts: {} }],
    [
      'an item more',
      {
        mounts: [
          { type: 'tmpfs', destination: '/a' },
          { type: 'tmpfs', destination: '/b' },
        ],
      },
    ],
  ])('%s: looked at again', (_, more) => {
    const known = {
      hostname: 'a',
      sysctl: {},
      mounts: [{ type: 'tmpfs', destination: '/a' }],
      resources: { pids: { limit: 3 } },
    }
    resolveCommand(command('/looked-at', {}, known))
    expect(recall(command('/looked-at', {}, { ...known }), id)).not.toBeNull()
    expect(recall(command('/looked-at', {}, { ...known, ...more }), id)).toBeNull()
  })

  test('an object of a class, or with the prototype of another, is looked at again', () => {
    resolveCommand(command('/class'))
    const input = command('/class')
    expect(recall(Object.assign(Object.create({}), input), id)).toBeNull()
    expect(
      recall({ ...input, process: Object.assign(Object.create({ user: '0' }), input.process) }, id),
    ).toBeNull()
    expect(recall(null, id)).toBeNull()
    expect(recall([input], id)).toBeNull()
  })

  test('is forgotten when many others came', () => {
    resolveCommand(command('/forgotten'))
    for (let n = 0; n < 40; n++) resolveCommand(command(`/other-${n}`))
    expect(recall(command('/forgotten'), id)).toBeNull()
    expect(recall(command('/other-39'), id)).not.toBeNull()
  })

  test('what is no command is not remembered', () => {
    remember('text', resolveCommand(command('/odd')))
    expect(recall('text', id)).toBeNull()
  })
})

describe('a process that was checked before', () => {
  test('comes out the same, whatever its arguments and its environment', () => {
    const first = resolveProcess({ args: ['a'], user: '77', umask: 0o77 })
    const again = resolveProcess({ args: ['b', 'c'], env: { A: '1' }, user: '77', umask: 0o77 })
    expect(again).toEqual({ ...first, args: ['b', 'c'], env: { A: '1' } })
    expect(again.capabilities).toBe(first.capabilities)
    expect(Object.isFrozen(again) && Object.isFrozen(again.args) && Object.isFrozen(again.env)).toBe(true)
    expect(resolveProcess({ args: ['a'], privileged: true })).toMatchObject({ noNewPrivileges: false })
    expect(resolveProcess({ args: ['z'], privileged: true })).toMatchObject({ noNewPrivileges: false })
  })

  test.each([
    [{ args: [] }],
    [{ args: ['a\0'] }],
    [{ args: ['a'], env: { 'A=': '1' } }],
    [{ args: ['a'], user: 7.5 }],
  ])('what is wrong with %j is told as at the first time', (wrong) => {
    resolveProcess({ args: ['a'] })
    expect(() => resolveProcess(wrong)).toThrow(expect.objectContaining({ code: 'EXECD_INVALID_COMMAND' }))
    expect(recallProcess(wrong)).toBeNull()
  })

  test('what cannot be copied is not remembered', () => {
    const odd = { args: ['a'], user: '78', odd: () => {} }
    rememberProcess(odd, resolveProcess({ args: ['a'] }))
    expect(recallProcess(odd)).toBeNull()
  })
})

describe('what a driver was found to support', () => {
  test('is not looked at again, but an environment where there was none is', () => {
    const capabilities = allBut({ 'process.env': { reason: 'no environment' } })
    const plain = resolveCommand(command('/env'))
    expect(checkCapabilities(plain, capabilities, 'd')).toEqual({ command: plain, skipped: [] })
    const again = resolveCommand(command('/env'))
    expect(checkCapabilities(again, capabilities, 'd').command).toBe(again)
    const more = resolveCommand(command('/env', { env: { A: '1' } }))
    expect(() => checkCapabilities(more, capabilities, 'd')).toThrow('process.env: no environment')
  })

  test('is found for each table of capabilities', () => {
    const first = resolveCommand(command('/table', {}, { init: true }))
    expect(checkCapabilities(first, allBut({}), 'd').command).toBe(first)
    expect(() => checkCapabilities(first, allBut({ init: { reason: 'none' } }), 'd')).toThrow('init: none')
  })
})
