import { expect, test } from '@jest/globals'
import { closest, editDistance } from '../../dist/util/edit-distance.js'

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'abcd', 1],
  ['abcd', 'acbd', 1],
  ['kitten', 'sitting', 3],
])('from %j to %j it takes %d', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
})

test.each([
  ['mount', 'mounts'],
  ['HOSTNAME', 'hostname'],
  ['hsotname', 'hostname'],
  ['resorces', 'resources'],
])('%s is closest to %s', (word, meant) => {
  expect(closest(word, ['mounts', 'hostname', 'resources', 'init'])).toBe(meant)
})

test.each(['x', 'ab', 'volume', 'user', 'a'.repeat(10_000)])('%.10s is close to none', (word) => {
  expect(closest(word, ['mounts', 'hostname', 'resources', 'init', 'a', 'b'])).toBeUndefined()
})
