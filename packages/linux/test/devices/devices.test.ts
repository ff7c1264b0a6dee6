import { type BigIntStats, closeSync, openSync, statSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { deviceOf, withoutNullDevice } from '../../dist/devices/index.js'

const stats = (rdev: bigint, block = false): BigIntStats =>
  ({ rdev, isBlockDevice: () => block, isCharacterDevice: () => !block }) as BigIntStats

describe('deviceOf', () => {
  test("the host's null device", () => {
    expect(deviceOf(statSync('/dev/null', { bigint: true }))).toEqual({ type: 'c', major: 1, minor: 3 })
  })

  test('what is no device', () => {
    expect(deviceOf(statSync('/', { bigint: true }))).toBeNull()
  })

  test.each([
    [0x0000_0000_0000_0801n, 8, 1],
    [0x0000_0000_0010_3b9an, 0x3b, 0x19a],
    [0xffff_f000_0000_0000n, 0xffff_f000, 0],
    [0x0000_0fff_fff0_00ffn, 0, 0xffff_ffff],
  ])('numbers of more than a byte: %s', (rdev, major, minor) => {
    expect(deviceOf(stats(rdev, true))).toEqual({ type: 'b', major, minor })
  })
})

describe('withoutNullDevice', () => {
  const ignore = { type: 'ignore' } as const
  const file = (path: string) => ({ type: 'file', path, append: false, rotate: null }) as const

  test('the null device by path and by descriptor is left out', () => {
    const fd = openSync('/dev/null', 'r')
    try {
      const io = {
        stdin: { type: 'fd', fd } as const,
        stdout: file('/dev/null'),
        stderr: { type: 'pipe' } as const,
      }
      expect(withoutNullDevice(io)).toEqual({ stdin: ignore, stdout: ignore, stderr: { type: 'pipe' } })
    } finally {
      closeSync(fd)
    }
  })

  test('everything else stays, also what cannot be looked at', () => {
    const io = { stdin: file('/dev/zero'), stdout: file('/nowhere/at/all'), stderr: ignore }
    expect(withoutNullDevice(io)).toEqual(io)
  })
})
