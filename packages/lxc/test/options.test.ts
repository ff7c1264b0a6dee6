import plugin, { lxc } from '@execd/lxc'
import { describe, expect, test } from '@jest/globals'
import { checkOptions } from '../dist/options.js'

describe('options', () => {
  test('defaults', () => {
    expect(checkOptions(undefined)).toMatchObject({
      stateDir: process.geteuid?.() === 0 ? '/run/execd-lxc' : expect.stringMatching(/\/execd-lxc$/),
      cgroupParent: '/execd-lxc',
      rawConfig: [],
    })
  })

  test.each([
    [5, 'options'],
    [[], 'options'],
    [{ other: 1 }, 'other'],
    [{ stateDir: 'relative' }, 'stateDir'],
    [{ stateDir: '/a b' }, 'stateDir'],
    [{ stateDir: '/a/../b' }, 'stateDir'],
    [{ toolPath: '' }, 'toolPath'],
    [{ rawConfig: ['lxc.a = b\nlxc.c = d'] }, 'rawConfig'],
    [{ rawConfig: ['hello'] }, 'rawConfig'],
    [{ toString: 1 }, 'toString'],
  ])('%j is refused', (options, path) => {
    expect(() => lxc(options as object)).toThrow(
      expect.objectContaining({
        code: 'EXECD_INVALID_OPTION',
        details: expect.objectContaining({ driver: 'lxc', path }),
      }),
    )
  })

  test('the plugin', () => {
    expect(plugin).toMatchObject({ name: 'lxc', apiVersion: 1 })
  })
})
