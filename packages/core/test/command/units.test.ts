import { describe, expect, test } from '@jest/globals'
import { parseDuration, parseSize } from '../../dist/command/units.js'

describe('parseSize', () => {
  test.each([
    ['0', 0],
    ['1000', 1000],
    ['1b', 1],
    ['512k', 512 * 1024],
    ['512K', 512 * 1024],
    ['1kb', 1000],
    ['1KiB', 1024],
    ['64MiB', 64 * 1024 ** 2],
    ['1.5g', 1.5 * 1024 ** 3],
    ['2 GB', 2e9],
    [' 1t ', 1024 ** 4],
    ['1TiB', 1024 ** 4],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each([
    '',
    'k',
    '-1',
    '1e3',
    '0x10',
    '1 000',
    '1.k',
    '.5k',
    '1kk',
    '1ki',
    'constructor',
    '1constructor',
    '99999999t',
    'NaN',
    'Infinity',
  ])('%j is no size', (text) => {
    expect(parseSize(text)).toBeUndefined()
  })
})

describe('parseDuration', () => {
  test.each([
    ['0s', 0],
    ['200ms', 200],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['2h', 7_200_000],
    ['1m30s', 90_000],
    ['1h0.5m', 3_630_000],
    ['500us', 0.5],
  ])('%j is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  test.each(['', '5', 's', '-1s', '1 s', '1d', '1M', '1S', '1.s', '1s2', 'Infinity'])(
    '%j is no time',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )
})
