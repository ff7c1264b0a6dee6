import { expect, test } from '@jest/globals'
import { HIDDEN, isSecret, showValue } from '../../dist/errors/redact.js'

test.each([
  'env',
  'env.A',
  'process.env',
  'process.env.A',
  'process.env["A.B"]',
  'hooks.prestart[0].env',
  'hooks.prestart[0].env.A',
  'process.env[0]',
])('%s is secret', (path) => {
  expect(isSecret(path)).toBe(true)
  expect(showValue(path, 'secret')).toBe(HIDDEN)
  expect(showValue(path, { A: 'secret' })).toBe(HIDDEN)
  expect(showValue(path, undefined)).toBe('nothing')
})

test.each(['', 'process', 'process.environment', 'process.args[0]', 'labels.env2', 'sysctl["net.env_x"]'])(
  '%s is not',
  (path) => {
    expect(isSecret(path)).toBe(false)
  },
)

test.each([
  ['text', '"text"'],
  ['a"b\n', '"a\\"b\\n"'],
  ['x'.repeat(100), `"${'x'.repeat(80)}..."`],
  [null, 'null'],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [true, 'true'],
  [[], 'an empty array'],
  [['secret'], 'an array'],
  [{ a: 'secret' }, 'an object'],
  [new Map(), 'an object of class Map'],
  [5n, '5n'],
  [() => 1, 'a function'],
  [Symbol('s'), 'a symbol'],
])('%p is shown as %s', (value, text) => {
  expect(showValue('p', value)).toBe(text)
})
