import { describe, expect, test } from '@jest/globals'
import { escapeOf } from '../../dist/terminal/escape-option.js'
import { EscapeScanner } from '../../dist/terminal/escapes.js'

/** What reaches the program of what is typed, and the actions. */
function type(...chunks: string[]): [string, string[]] {
  const scanner = new EscapeScanner(0x7e)
  const scans = chunks.map((chunk) => scanner.scan(Buffer.from(chunk)))
  return [scans.map(({ pass }) => pass.toString()).join(''), scans.flatMap(({ actions }) => actions)]
}

describe('escapes', () => {
  test.each<[string[], string, string[]]>([
    [['~.'], '', ['end']],
    [['~', '.'], '', ['end']],
    [['ls\r', '~', '\x1a', 'x'], 'ls\rx', ['stop']],
    [['a~.b'], 'a~.b', []],
    [['\r~~.'], '\r~.', []],
    [['~?~.'], '', ['help', 'end']],
    [['~x'], '~x', []],
    [['ä~.\r'], 'ä~.\r', []],
  ])('%j', (typed, passed, actions) => {
    expect(type(...typed)).toEqual([passed, actions])
  })

  test('the character can be chosen', () => {
    expect([escapeOf(), escapeOf('none'), escapeOf('^')]).toEqual([0x7e, null, 0x5e])
    expect(() => escapeOf('ab')).toThrow('wanted one ASCII character')
    expect(() => escapeOf('ä')).toThrow('wanted one ASCII character')
  })
})
