import { describe, expect, test } from '@jest/globals'
import { encodeMessage, MessageReader } from '../dist/keeper/messages.js'
import { type KeeperPlan, planFields } from '../dist/keeper/plan.js'
import { decodeStatus, parseReport } from '../dist/keeper/report.js'

const PLAN: KeeperPlan = {
  dir: '/d',
  listen: null,
  hold: false,
  stdio: [{ kind: 'pipe' }, { kind: 'fd', fd: 4 }, { kind: 'ignore' }],
  owner: null,
  size: null,
  mounts: null,
  create: ['/bin/runc', 'create'],
  start: null,
  finish: [],
  environment: [],
  writes: [],
  groups: [],
  counters: [],
  oom: null,
  remove: [],
  prune: [],
}

describe('messages', () => {
  test('arrive whole, however they are cut', () => {
    const all = Buffer.concat([encodeMessage(['kill', '1', '9']), encodeMessage(['', 'ü\n'])])
    for (const size of [1, 2, 5, all.length]) {
      const reader = new MessageReader()
      const found: string[][] = []
      for (let at = 0; at < all.length; at += size) found.push(...reader.push(all.subarray(at, at + size)))
      expect(found).toEqual([
        ['kill', '1', '9'],
        ['', 'ü\n'],
      ])
    }
  })

  test('of a length that none has are refused', () => {
    expect(() => new MessageReader().push(Buffer.from([0, 0, 0, 0]))).toThrow(RangeError)
    expect(() => new MessageReader().push(Buffer.from([255, 255, 255, 255]))).toThrow(RangeError)
  })
})

describe('a plan', () => {
  test('of little', () => {
    expect(planFields(PLAN).join(' ')).toBe(
      'dir /d stdio 0 pipe stdio 1 fd 4 stdio 2 ignore environment 0 tool create 2 /bin/runc create',
    )
  })

  test('of everything', () => {
    const rotation = { maxSize: 100, maxFiles: 3 }
    const fields = planFields({
      ...PLAN,
      listen: 'control',
      hold: true,
      stdio: [
        { kind: 'terminal' },
        { kind: 'rotate', path: '/o', rotation, append: true },
        { kind: 'unseen' },
      ],
      owner: 5,
      size: { height: 24, width: 80 },
      mounts: {
        hidden: ['/h'],
        made: [{ type: 'tmpfs', source: 's', target: '/t', flags: 6, data: 'mode=0755' }],
      },
      start: ['/bin/runc', 'start'],
      finish: [['/bin/runc', 'delete']],
      environment: ['A=b'],
      writes: [['/f', 'x']],
      groups: ['/g'],
      counters: ['/c'],
      oom: { dir: '/m', version: 1 },
      remove: ['/r'],
      prune: ['/p'],
    })
    expect(fields.join(' ')).toBe(
      'dir /d listen control hold owner 5 size 24 80 stdio 0 terminal stdio 1 rotate /o 100 3 1 stdio 2 unseen ' +
        'own-mounts unmount /h mount tmpfs s /t 6 mode=0755 environment 1 A=b tool create 2 /bin/runc create ' +
        'tool start 2 /bin/runc start tool finish 2 /bin/runc delete write /f x group /g counter /c oom 1 /m remove /r prune /p',
    )
  })
})

describe('last words', () => {
  const name = (errno: number): string => `E${errno}`

  test.each([
    [0, 0, null],
    [137 << 8, 137, null],
    [9, null, 9],
    [0x80 | 11, null, 11],
  ])('the status %i', (status, exitCode, signal) => {
    expect(decodeStatus(status)).toEqual({ exitCode, signal })
  })

  test('of one that ended', () => {
    expect(parseReport(['ended', '9', '1500', '250', '1', '/x', '16', '/c', 'text\n'], name)).toEqual({
      type: 'ended',
      exitCode: null,
      signal: 9,
      user: 1.5,
      system: 0.25,
      problems: [{ step: 'remove /x', errno: 'E16' }],
      counters: new Map([['/c', 'text\n']]),
    })
  })

  test('of one that did not start', () => {
    expect(parseReport(['failed', 'create', '256', '', '0'], name)).toEqual({
      type: 'failed',
      stage: 'create',
      code: 256,
      detail: '',
      problems: [],
    })
    expect(parseReport(['state', '1'], name)).toBeNull()
  })
})
