import { resolveCommand } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { pick } from '../../dist/detached/find.js'
import { fromDriver, fromRecord } from '../../dist/detached/known.js'
import type { ContainerRecord } from '../../dist/detached/records.js'
import { stateFolder } from '../../dist/detached/state-folder.js'
import { execProcessOf } from '../../dist/input/exec-process.js'
import { ago } from '../../dist/output/ago.js'
import { lastLines } from '../../dist/output/copy-output.js'
import { table } from '../../dist/output/table.js'
import { refuseContradictions } from '../../dist/run/contradictions.js'
import { logChoicesOf } from '../../dist/run/detach.js'
import { runCall } from '../support/given.js'

const COMMAND = resolveCommand({
  id: 'one',
  rootfs: '/srv/x',
  process: { args: ['sh'], env: { A: '1' }, user: '7:7', cwd: '/tmp', capabilities: { drop: ['ALL'] } },
})
const RECORD: ContainerRecord = {
  ...{ id: 'one', driver: 'd', driverOptions: undefined, from: null, stopSignal: 'SIGTERM' },
  ...{ stopTimeout: '10s', remove: false, starter: null, taker: null, ended: null },
}
const IO = { stdin: { type: 'ignore' }, stdout: { type: 'ignore' }, stderr: { type: 'ignore' } } as const
const FOUND = { id: 'one', command: COMMAND, io: IO, pid: 9, owner: null, startedAt: 5, exit: null } as const

describe('what is known of a container', () => {
  test('from its driver', () => {
    expect(fromDriver('d', { ...FOUND, status: 'paused' }, null)).toMatchObject({
      status: 'paused',
      held: true,
    })
    const exit = { exitCode: 3, signal: null }
    const ended = fromDriver('d', { ...FOUND, status: 'stopped', pid: 0, exit }, RECORD)
    expect(ended).toMatchObject({ status: 'exited', exit, record: RECORD })
  })

  test('from a record that is all there is', () => {
    expect(fromRecord(RECORD)).toMatchObject({ status: 'lost', command: null, held: false })
  })

  test('is found by its id or a beginning that no other has', () => {
    const all = ['web', 'web2', 'worker'].map((id) => ({ ...fromRecord(RECORD), id }))
    expect(['web', 'wo', 'web2'].map((word) => pick(all, word).id)).toEqual(['web', 'worker', 'web2'])
    expect(() => pick(all, 'w')).toThrow(/more than one container: web, web2, worker/)
    expect(() => pick(all, 'x')).toThrow(/no detached container x/)
  })
})

test('a program of exec is as the first one, but for what is asked', () => {
  const asked = { args: ['id'], env: { B: '2' }, terminal: true }
  expect(execProcessOf(asked, COMMAND)).toMatchObject({
    args: ['id'],
    env: { A: '1', B: '2' },
    user: '7:7',
    cwd: '/tmp',
    terminal: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(execProcessOf({ args: ['id'], privileged: true }, COMMAND)).not.toHaveProperty('capabilities')
})

test.each([
  [[], [{ maxSize: '10MiB', maxFiles: 5 }, {}]],
  [['--log-opt', 'max-size=1m', '--log-opt', 'max-file=3'], [{ maxSize: '1m', maxFiles: 3 }]],
  [['--log-opt', 'max-size=unlimited'], [{}]],
] as [string[], object[]][])('output files: %j', (words, expected) => {
  expect(logChoicesOf(runCall(...words, 'x').given)).toEqual(expected)
})

test.each([
  [['-d', '-t', 'x'], /--tty: not with --detach/],
  [['-d', '--timeout', '5', 'x'], /--timeout: not with --detach/],
  [['--json', '-t', 'x'], /--json: not with --tty/],
  [['--no-rm', 'x'], /--rm: nothing of a container in the foreground/],
  [['--log-opt', 'max-size=1m', 'x'], /--log-opt: wanted with --detach only/],
  [['-i', '-f', '-'], /--interactive: not with --file -/],
] as [string[], RegExp][])('%j contradicts itself', (words, message) => {
  expect(() => refuseContradictions(runCall(...words))).toThrow(message)
})

test('the state folder', () => {
  const own = process.geteuid?.() === 0 ? '/var/lib/execd/cli' : '/x/execd/cli'
  expect(stateFolder({ EXECD_STATE_DIR: '/s', XDG_STATE_HOME: '/x' })).toBe('/s')
  expect(stateFolder({ XDG_STATE_HOME: '/x' })).toBe(own)
})

test('words for times, tables and tails', () => {
  expect([ago(400), ago(1000), ago(150_000), ago(90_000_000)]).toEqual([
    'just now',
    '1 second ago',
    '2 minutes ago',
    '1 day ago',
  ])
  expect(
    table(
      ['A', 'B'],
      [
        ['long', '\x1b[1mx\x1b[0m'],
        ['', 'y'],
      ],
    ),
  ).toBe('A     B\nlong  \x1b[1mx\x1b[0m\n      y\n')
  const tail = (text: string, count: number) => lastLines(Buffer.from(text), count).toString()
  expect([
    tail('a\nb\nc\n', 2),
    tail('a\nb', 1),
    tail('a', 5),
    tail('a\n', 0),
    tail('', 1),
    tail('\n\n', 1),
  ]).toEqual(['b\nc\n', 'b', 'a', '', '', '\n'])
})
