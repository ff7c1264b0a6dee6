import { describe, expect, test } from '@jest/globals'
import { chooseUser, numberOf } from '../../dist/isolation/user.js'

describe('chooseUser', () => {
  test.each(['directory', 'overlay'] as const)(
    'without a user it is root of a root file system of type %s',
    (type) => {
      expect(chooseUser({ user: null }, type)).toEqual({ user: { number: 0 }, group: { number: 0 } })
    },
  )

  test("without a user it is nobody where the files are the host's", () => {
    expect(chooseUser({ user: null }, 'host')).toEqual({ user: { number: 65534 }, group: { number: 65534 } })
  })

  test.each([
    ['0', { number: 0 }, null],
    ['1000', { number: 1000 }, null],
    ['007', { number: 7 }, null],
    ['4294967294', { number: 4294967294 }, null],
    ['ann', { name: 'ann' }, null],
    ['1000x', { name: '1000x' }, null],
    ['ann:staff', { name: 'ann' }, { name: 'staff' }],
    ['ann:0', { name: 'ann' }, { number: 0 }],
    ['0:staff', { number: 0 }, { name: 'staff' }],
    ['1:2', { number: 1 }, { number: 2 }],
  ])('%s', (text, user, group) => {
    for (const type of ['directory', 'overlay', 'host'] as const)
      expect(chooseUser({ user: text }, type)).toEqual({ user, group })
  })
})

test('numberOf', () => {
  expect(numberOf({ number: 0 })).toBe(0)
  expect(numberOf({ number: 5 })).toBe(5)
  expect(numberOf({ name: 'ann' })).toBeNull()
  expect(numberOf(null)).toBeNull()
})
