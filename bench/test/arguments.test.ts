import { describe, expect, test } from '@jest/globals'
import { parseArguments } from '../dist/arguments.js'

const KNOWN = ['start', 'exec', 'native', 'crun']
const parse = (...args: string[]) => parseArguments(args, KNOWN)

describe('parseArguments', () => {
  test('has a full run of everything without any', () => {
    expect(parse()).toEqual({ quick: false, runs: null, only: [], json: null, svg: null, help: false })
  })

  test('reads values after a space and after =, and skips the -- of package managers', () => {
    const wanted = {
      quick: true,
      runs: 7,
      only: ['start', 'crun'],
      json: 'a=b.json',
      svg: 'o.svg',
      help: false,
    }
    expect(
      parse('--', '--quick', '--runs=7', '--only', 'start,crun', '--json=a=b.json', '--svg', 'o.svg'),
    ).toEqual(wanted)
  })

  test.each([
    [['--fast'], /unknown argument --fast/],
    [['--json'], /--json needs a value/],
    [['--runs', '0'], /whole number from 1 to 10000, got 0/],
    [['--runs', '1.5'], /got 1\.5/],
    [['--only', 'start,podman'], /no podman; there are start, exec, native, crun/],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})
