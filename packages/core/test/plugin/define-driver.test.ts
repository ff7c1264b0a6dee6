import { describe, expect, test } from '@jest/globals'
import { DRIVER_API_VERSION } from '../../dist/contract/driver.js'
import type { DriverPlugin } from '../../dist/contract/plugin.js'
import type { ExecdError } from '../../dist/errors/execd-error.js'
import { versionError } from '../../dist/plugin/check-plugin.js'
import { defineDriver } from '../../dist/plugin/define-driver.js'
import { registered } from '../../dist/plugin/registry.js'

const plugin = (changes: object = {}): DriverPlugin =>
  ({
    name: 'sample',
    apiVersion: DRIVER_API_VERSION,
    create: () => Promise.reject(new Error('not made here')),
    ...changes,
  }) as DriverPlugin

function errorOf(action: () => unknown): ExecdError {
  try {
    action()
  } catch (error) {
    return error as ExecdError
  }
  throw new Error('it was taken')
}

test('registers the plugin under its name and gives it back', () => {
  const mine = plugin({ name: 'defined' })
  expect(defineDriver(mine)).toBe(mine)
  expect(registered('defined')).toEqual([mine])
  defineDriver(mine)
  expect(registered('defined')).toHaveLength(1)
})

test('two plugins of one name are both kept, in their order', () => {
  const first = defineDriver(plugin({ name: 'twice' }))
  const second = defineDriver(plugin({ name: 'twice' }))
  expect(registered('twice')).toEqual([first, second])
})

test('the registry belongs to the process, not to this copy of the package', () => {
  const mine = defineDriver(plugin({ name: 'shared' }))
  const store = (globalThis as unknown as Record<symbol, Map<string, Set<DriverPlugin>>>)[
    Symbol.for('execd.registry.v1')
  ]
  expect([...(store?.get('shared') ?? [])]).toEqual([mine])
})

test('there is nothing under a name that nobody took', () => {
  expect(registered('nobody')).toEqual([])
  expect(registered('constructor')).toEqual([])
})

describe('refuses', () => {
  test.each([
    ['nothing', undefined, 'got nothing'],
    ['null', null, 'got null'],
    ['a function', () => plugin(), 'got a function'],
    ['an array', [], 'got an array'],
    ['no name', plugin({ name: undefined }), '`name`'],
    ['a name with a slash', plugin({ name: 'a/b' }), '`name`'],
    ['a name in capitals', plugin({ name: 'A' }), '`name`'],
    ['no version', plugin({ apiVersion: undefined }), '`apiVersion`'],
    ['a version that is text', plugin({ apiVersion: '1' }), '`apiVersion`'],
    ['a broken version', plugin({ apiVersion: 1.5 }), '`apiVersion`'],
    ['no create', plugin({ create: {} }), '`create`'],
  ])('%s', (_what, value, part) => {
    const error = errorOf(() => defineDriver(value as DriverPlugin))
    expect(error.code).toBe('EXECD_DRIVER_INVALID')
    expect(error.message).toContain(part)
  })

  test('and names everything that is missing', () => {
    const { message } = errorOf(() => defineDriver({} as DriverPlugin))
    for (const part of ['`name`', '`apiVersion`', '`create`']) expect(message).toContain(part)
  })

  test('a plugin for a newer contract: core is older', () => {
    const error = errorOf(() => defineDriver(plugin({ name: 'newer', apiVersion: DRIVER_API_VERSION + 1 })))
    expect(error.code).toBe('EXECD_DRIVER_API_VERSION')
    expect(error.message).toContain('the @execd/core is older')
    expect(error.hint).toBe('npm install @execd/core@latest')
    expect(registered('newer')).toEqual([])
  })
})

test('a plugin for an older contract than core has: the driver is older', () => {
  const error = versionError({ name: 'old', apiVersion: 1 }, 'the package', 2)
  expect(error).toMatchObject({
    code: 'EXECD_DRIVER_API_VERSION',
    hint: 'upgrade the package of driver old',
    details: { driver: 'old', got: '1', wanted: '2' },
  })
  expect(error.message).toContain('the driver is older')
})
