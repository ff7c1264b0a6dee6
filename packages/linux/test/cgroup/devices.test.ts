import { describe, expect, test } from '@jest/globals'
import { deviceProgram } from '../../dist/cgroup/limits/device-bpf.js'
import {
  allowsAll,
  type DeviceRule,
  type DeviceWish,
  deviceLines,
  deviceRules,
  isAllowed,
} from '../../dist/cgroup/limits/device-rules.js'
import { runDeviceProgram } from './support/ebpf.js'

const all: DeviceWish = { type: 'a', major: null, minor: null, access: 'rwm' }
const wish = (
  type: 'a' | 'b' | 'c',
  major: number | null,
  minor: number | null,
  access: string,
): DeviceWish => ({ type, major, minor, access })

describe('rules', () => {
  test('access of the same devices is joined, what is covered is left out', () => {
    const rules = deviceRules([
      wish('c', 10, 200, 'r'),
      wish('c', 10, 200, 'wr'),
      wish('c', 1, 3, 'r'),
      wish('c', 136, 5, 'rw'),
    ])
    expect(rules.filter((rule) => rule.major === 10)).toEqual([
      { type: 'c', major: 10, minor: 200, access: 'rw' },
    ])
    expect(rules.filter((rule) => rule.major === 1 && rule.minor === 3)).toHaveLength(1)
    expect(rules.filter((rule) => rule.major === 136)).toEqual([
      { type: 'c', major: 136, minor: null, access: 'rwm' },
    ])
  })

  test('type a is both kinds, never the line that allows everything', () => {
    const { deny, allow } = deviceLines(deviceRules([wish('a', 7, null, 'r')]))
    expect(deny).toBe('a')
    expect(allow).toEqual(expect.arrayContaining(['b 7:* r', 'c 7:* r']))
    expect(allow.some((line) => line.startsWith('a'))).toBe(false)
  })

  test('everything', () => {
    const rules = deviceRules([all])
    expect(allowsAll(rules)).toBe(true)
    expect(deviceLines(rules)).toEqual({ deny: null, allow: ['a'] })
    expect(deviceProgram(rules)).toBeNull()
    expect(allowsAll(deviceRules([wish('b', null, null, 'rwm')]))).toBe(false)
  })
})

describe('the program of v2 decides as the rules do', () => {
  const sets: Array<[string, DeviceWish[]]> = [
    ['default', []],
    [
      'more',
      [wish('c', 10, 200, 'rw'), wish('b', 8, null, 'r'), wish('a', 250, 1, 'rm'), wish('b', null, 3, 'w')],
    ],
    ['large numbers', [wish('b', 4095, 1048575, 'rwm')]],
  ]
  const numbers = [0, 1, 2, 3, 5, 7, 8, 9, 10, 136, 137, 200, 250, 4095, 1048575]
  const accesses = ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm']
  const cases = (['b', 'c'] as const).flatMap((type) =>
    numbers.flatMap((major) =>
      numbers.flatMap((minor) => accesses.map((access) => ({ type, major, minor, access }))),
    ),
  )

  test.each(sets)('%s', (_, wishes) => {
    const rules = deviceRules(wishes)
    const program = deviceProgram(rules) ?? Buffer.alloc(0)
    const wrong = cases.filter((device) => runDeviceProgram(program, device) !== isAllowed(rules, device))
    expect(wrong).toEqual([])
  })

  test('nothing allowed', () => {
    const none: DeviceRule[] = []
    expect(
      runDeviceProgram(deviceProgram(none) ?? Buffer.alloc(0), {
        type: 'c',
        major: 1,
        minor: 3,
        access: 'r',
      }),
    ).toBe(false)
  })
})
