import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  allPids,
  childrenOf,
  identify,
  isAlive,
  parseStat,
  pidsOfNamespace,
  readStat,
  signalProcess,
} from '@execd/linux/proc'
import { describe, expect, test } from '@jest/globals'

const NOBODY = 2 ** 22 + 1 // above the largest pid there can be

const stat = (state: string, flags: number): string =>
  `12 (a) b) ${state} 7 12 12 0 -1 ${flags} ${Array.from({ length: 12 }, (_, at) => at).join(' ')} 987654321012345678 0 0\n`

describe('a text of /proc/pid/stat', () => {
  test('a name may hold brackets and blanks', () => {
    expect(parseStat(stat('S', 0))).toEqual({
      state: 'S',
      parent: 7,
      startTime: 987_654_321_012_345_678n,
      exiting: false,
    })
  })

  test('on its way out: PF_EXITING, or ended', () => {
    expect(parseStat(stat('S', 0x4000_0004))?.exiting).toBe(true)
    expect(parseStat(stat('Z', 0))?.exiting).toBe(true)
    expect(parseStat('')).toBeNull()
    expect(parseStat('12 (cut')).toBeNull()
  })
})

describe('processes', () => {
  test('children, identity and signals', async () => {
    const child = spawn('sleep', ['100'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    expect(childrenOf(process.pid)).toContain(pid)
    expect(allPids()).toContain(process.pid)
    expect(await pidsOfNamespace(process.pid)).toEqual(expect.arrayContaining([process.pid, pid]))
    expect(await pidsOfNamespace(NOBODY)).toEqual([])
    expect(readStat(pid)).toMatchObject({ parent: process.pid, exiting: false })
    const identity = identify(pid)
    if (identity === null) throw new Error('it has ended')
    expect(isAlive(identity)).toBe(true)
    const later = { pid, startTime: identity.startTime + 1n }
    expect(isAlive(later)).toBe(false)
    expect(signalProcess(later, 'SIGKILL')).toBe(false)
    expect(isAlive(identity)).toBe(true)
    const exit = once(child, 'exit')
    expect(signalProcess(identity, 15)).toBe(true)
    expect(await exit).toEqual([null, 'SIGTERM'])
    expect(isAlive(identity)).toBe(false)
    expect(signalProcess(identity, 'SIGKILL')).toBe(false)
  })

  test('one that is not there', () => {
    expect([readStat(NOBODY), identify(NOBODY), childrenOf(NOBODY)]).toEqual([null, null, []])
  })
})
