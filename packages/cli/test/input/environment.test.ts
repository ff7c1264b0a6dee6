import { expect, test } from '@jest/globals'
import { parseEnvFile } from '../../dist/input/environment.js'

const parse = (text: string): object => parseEnvFile('env', text, { SET: 'here' })

test('lines are variables, comments and names of variables here', () => {
  const text = '# comment\n\nA=1\n  B= two words \nSET\nNOT_SET\nC=a=b\r\nEMPTY=\n'
  expect(parse(text)).toEqual({ A: '1', B: ' two words ', SET: 'here', C: 'a=b', EMPTY: '' })
})

test.each(['=x', 'A B=1', 'A B'])('%j is refused with its line', (line) => {
  expect(() => parse(`X=1\n${line}\n`)).toThrow(/^env:2: wanted NAME=VALUE/)
})
