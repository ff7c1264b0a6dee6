import { expect, test } from '@jest/globals'
import { dropsSignal } from '../../dist/run/interrupts.js'

const SIGINT = 2
const status = (namespaces: string, caught: string, ignored = '0') =>
  `Name:\tx\nNSpid:\t${namespaces}\nSigIgn:\t${ignored.padStart(16, '0')}\nSigCgt:\t${caught.padStart(16, '0')}\n`

test.each([
  ['process 1 without a handler', status('41\t1', '0'), true],
  ['process 1 with a handler', status('41\t1', '2'), false],
  ['process 1 that ignores it', status('41\t1', '0', '2'), false],
  ['another process', status('41\t11', '0'), false],
  ['a process of the host', status('41', '0'), false],
  ['nothing to read', '', false],
])('%s', (_, text, expected) => {
  expect(dropsSignal(text, SIGINT)).toBe(expected)
})
