import { describe, expect, test } from '@jest/globals'
import { checkOptions, poolOptions } from '../dist/options.js'

describe('checkOptions', () => {
  test.each([
    [undefined, {}],
    [{}, {}],
    [{ initPath: '/opt/init' }, { initPath: '/opt/init' }],
    [
      { cgroupParent: '/a/b', initPath: undefined },
      { cgroupParent: '/a/b', initPath: undefined },
    ],
  ])('%j is fine', (given, expected) => {
    expect(checkOptions(given)).toEqual(expected)
  })

  test.each<[string, unknown, string, string]>([
    ['null', null, 'options', 'an object'],
    ['a text', '/opt/init', 'options', 'an object'],
    ['a number', 5, 'options', 'an object'],
    ['a function', () => {}, 'options', 'an object'],
    ['a list', [], 'options', 'an object'],
    ['an unknown name', { initpath: '/x' }, 'initpath', 'no such option'],
    ['an unknown name without a value', { other: undefined }, 'other', 'no such option'],
    ['a relative path', { initPath: 'bin/init' }, 'initPath', 'an absolute path'],
    ['an empty path', { cgroupParent: '' }, 'cgroupParent', 'an absolute path'],
    ['a NUL', { initPath: '/a\0b' }, 'initPath', 'an absolute path'],
    ['null as a path', { cgroupParent: null }, 'cgroupParent', 'an absolute path'],
    ['a list as a path', { cgroupParent: ['/x'] }, 'cgroupParent', 'an absolute path'],
    ['a bigint', { initPath: 1n }, 'initPath', 'an absolute path'],
    ['an object without a prototype', { initPath: Object.create(null) }, 'initPath', 'an absolute path'],
    ['a symbol', { initPath: Symbol('x') }, 'initPath', 'an absolute path'],
  ])('%s is refused', (_, given, path, wanted) => {
    expect(() => checkOptions(given)).toThrow(
      expect.objectContaining({
        code: 'EXECD_INVALID_OPTION',
        hint: 'the options are initPath, cgroupParent, stateDir, pool',
        details: expect.objectContaining({ driver: 'native', path, wanted }),
      }),
    )
  })
})

describe('the option pool', () => {
  test.each([
    [{}, null],
    [{ pool: undefined }, null],
    [{ pool: false }, null],
    [{ pool: true }, { min: 1, max: 4, idleTimeout: 60_000 }],
    [{ pool: {} }, { min: 1, max: 4, idleTimeout: 60_000 }],
    [{ pool: { max: 9, min: undefined } }, { min: 1, max: 9, idleTimeout: 60_000 }],
  ])('%j', (given, expected) => {
    expect(poolOptions(checkOptions(given))).toEqual(expected)
  })

  test.each<[unknown, string, string]>([
    ['yes', 'pool', 'true, false or an object'],
    [null, 'pool', 'true, false or an object'],
    [[], 'pool', 'true, false or an object'],
    [{ size: 3 }, 'pool.size', 'no such option; there are min, max, idleTimeout'],
    [{ constructor: 3 }, 'pool.constructor', 'no such option; there are min, max, idleTimeout'],
    [{ max: 0 }, 'pool.max', 'a whole number from 1 to 1000'],
    [{ min: -1 }, 'pool.min', 'a whole number from 0 to 1000'],
    [{ min: 1.5 }, 'pool.min', 'a whole number from 0 to 1000'],
    [{ idleTimeout: '1s' }, 'pool.idleTimeout', 'a whole number from 100 to 86400000'],
  ])('%j is refused', (pool, path, wanted) => {
    expect(() => checkOptions({ pool })).toThrow(
      expect.objectContaining({
        code: 'EXECD_INVALID_OPTION',
        details: expect.objectContaining({ path, wanted }),
      }),
    )
  })
})
