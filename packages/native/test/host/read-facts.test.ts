import { describe, expect, test } from '@jest/globals'
import { capabilitiesOf, parsePossibleCpus, readHostFacts, spareRange } from '../../dist/host/read-facts.js'

describe('spareRange', () => {
  const ALL = '         0          0 4294967295\n'
  test.each([
    ['nothing is granted', [''], ALL, 0x2000_0000],
    ['ranges below it are granted', ['ann:100000:65536\n'], ALL, 0x2000_0000],
    ['a range within it is granted', ['', `bob:${0x2000_0000}:70000`], ALL, 0x2002_0000],
    ['all is granted', [`bob:1:${0x7fff_0000}`], ALL, null],
    ['not every id exists', [''], '0 100000 65536\n', null],
  ])('%s', (_, texts, uidMap, start) => {
    expect(spareRange(texts, uidMap)).toEqual(start === null ? null : { start, count: 0x1_0000 })
  })
})

test('capabilitiesOf', () => {
  const status = 'Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000200000\n'
  expect(capabilitiesOf(status, 'CapPrm')).toBe(0xa80425fbn)
  expect(capabilitiesOf(status, 'CapEff')).toBe(1n << 21n)
  expect(capabilitiesOf('Name:\tCapEff:\t1\n', 'CapEff')).toBe(0n)
  expect(capabilitiesOf('', 'CapPrm')).toBe(0n)
})

test.each([
  ['0\n', 1],
  ['0-3\n', 4],
  ['0-3,8\n', 9],
  ['0,2-5', 6],
  ['', 0],
  ['\n', 0],
])('parsePossibleCpus %j', (text, count) => {
  expect(parsePossibleCpus(text)).toBe(count)
})

test('the facts of this host make sense', async () => {
  const facts = await readHostFacts()
  expect(facts).toMatchObject({ arch: process.arch, euid: process.geteuid?.(), egid: process.getegid?.() })
  expect(facts.possibleCpus).toBeGreaterThan(0)
  expect(facts.kernel).toMatch(/^\d+\.\d+/)
  expect(facts.rootEntries.find((entry) => entry.name === 'proc')).toMatchObject({
    kind: 'directory',
    mountPoint: true,
  })
  expect(facts.rootEntries.every((entry) => (entry.kind === 'symlink') === (entry.target !== ''))).toBe(true)
})
