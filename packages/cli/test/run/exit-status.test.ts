import { expect, test } from '@jest/globals'
import { type EndedBy, exitStatus } from '../../dist/run/exit-status.js'

const SIGKILLED = { exitCode: null, signal: 'SIGKILL', oom: null } as const

test.each<[string, Parameters<typeof exitStatus>[0], EndedBy | null, number, RegExp | null]>([
  ['its own', { reason: 'exited', exitCode: 3, signal: null, oom: null }, null, 3, null],
  [
    'its own after Ctrl-C',
    { reason: 'exited', exitCode: 3, signal: null, oom: null },
    { what: 'signal', signal: 'SIGINT' },
    3,
    null,
  ],
  [
    'its own, a child killed',
    { reason: 'exited', exitCode: 0, signal: null, oom: { kills: 1, init: false } },
    null,
    0,
    /one process/,
  ],
  ['a signal', { ...SIGKILLED, reason: 'signaled', signal: 'SIGSEGV' }, null, 139, null],
  [
    'killed for a signal of ours',
    { ...SIGKILLED, reason: 'signaled' },
    { what: 'signal', signal: 'SIGINT' },
    130,
    null,
  ],
  ['out of memory', { ...SIGKILLED, reason: 'oom' }, null, 137, /out of memory/],
  ['time-out', { ...SIGKILLED, reason: 'timeout' }, null, 124, /time/],
  ['too much output', { ...SIGKILLED, reason: 'signaled' }, { what: 'output-limit' }, 137, /--max-output/],
  ['too much output, collected', { ...SIGKILLED, reason: 'output-limit' }, null, 137, /--max-output/],
  ['an escape', { ...SIGKILLED, reason: 'signaled' }, { what: 'escape' }, 137, null],
  ['lost', { ...SIGKILLED, reason: 'lost', signal: null }, null, 125, /lost sight/],
])('%s', (_, verdict, endedBy, status, note) => {
  const found = exitStatus(verdict, endedBy)
  expect(found.status).toBe(status)
  if (note === null) expect(found.note).toBeNull()
  else expect(found.note).toMatch(note)
})
