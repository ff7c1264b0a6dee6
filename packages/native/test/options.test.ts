import { describe, expect, test } from '@jest/globals'
import { checkOptions } from '../dist/options.js'

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
        hint: 'the options are initPath, cgroupParent, stateDir',
        details: expect.objectContaining({ driver: 'native', path, wanted }),
      }),
    )
  })
})
