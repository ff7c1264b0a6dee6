import type { ExitStatus } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { type Interventions, judge, makeVerdict, type Reason } from '../../dist/lifecycle/verdict.js'

const usage: ExitStatus['usage'] = {
  wall: 1,
  cpu: { user: null, system: null },
  memory: { peak: null, maxRss: null },
  pids: { peak: null, refused: null },
}
const EXITED: ExitStatus = { exitCode: 0, signal: null, oom: null, usage, cleanup: [], lost: false }
const KILLED: ExitStatus = { ...EXITED, exitCode: null, signal: 'SIGKILL' }
const OTHER_OOM = { kills: 1, init: false }
const NONE: Interventions = { stop: null, stopCause: undefined, killed: false }

describe('judge', () => {
  test.each<[string, Reason, ExitStatus, Partial<Interventions>]>([
    ['an exit code', 'exited', EXITED, {}],
    ['a signal', 'signaled', { ...KILLED, signal: 'SIGSEGV' }, {}],
    ['SIGKILL from elsewhere', 'signaled', KILLED, {}],
    ['SIGKILL and an oom kill', 'oom', { ...KILLED, oom: OTHER_OOM }, {}],
    ['SIGKILL of ours and an oom kill', 'signaled', { ...KILLED, oom: OTHER_OOM }, { killed: true }],
    ['another signal and an oom kill', 'signaled', { ...KILLED, signal: 'SIGTERM', oom: OTHER_OOM }, {}],
    [
      'an exit code and an oom kill of another process',
      'exited',
      { ...EXITED, exitCode: 137, oom: OTHER_OOM },
      {},
    ],
    ['the first process oom-killed', 'oom', { ...KILLED, oom: { kills: 2, init: true } }, {}],
    [
      'the first process oom-killed before the timeout came',
      'oom',
      { ...KILLED, oom: { kills: 1, init: true } },
      { stop: 'timeout', killed: true },
    ],
    ['a timeout', 'timeout', KILLED, { stop: 'timeout', killed: true }],
    ['a timeout that the program answered with an exit', 'timeout', EXITED, { stop: 'timeout' }],
    [
      'a timeout while others were oom-killed',
      'timeout',
      { ...KILLED, oom: OTHER_OOM },
      { stop: 'timeout', killed: true },
    ],
    ['an abort', 'aborted', KILLED, { stop: 'aborted', killed: true }],
    ['too much output', 'output-limit', KILLED, { stop: 'output-limit', killed: true }],
    ['lost', 'lost', { ...KILLED, lost: true }, { stop: 'timeout', killed: true }],
  ])('%s', (_name, reason, status, interventions) => {
    expect(judge(status, { ...NONE, ...interventions })).toBe(reason)
  })
})

describe('makeVerdict', () => {
  const parts = { id: 'c1', skipped: [], cleanup: [], hookErrors: [], interventions: NONE }

  test.each<[string, boolean, ExitStatus, Partial<Interventions>]>([
    ['exit 0', true, EXITED, {}],
    ['exit 1', false, { ...EXITED, exitCode: 1 }, {}],
    ['exit 0 after the timeout', false, EXITED, { stop: 'timeout' }],
    ['lost', false, { ...EXITED, exitCode: null, lost: true }, {}],
  ])('ok: %s', (_name, ok, status, interventions) => {
    expect(makeVerdict({ ...parts, status, interventions: { ...NONE, ...interventions } }).ok).toBe(ok)
  })

  test('keeps the cause of an abort, joins what could not be cleaned, and is frozen', () => {
    const reason = new Error('enough')
    const verdict = makeVerdict({
      ...parts,
      status: { ...KILLED, cleanup: [{ step: 'umount', errno: 'EBUSY' }] },
      cleanup: [{ step: 'clean', errno: 'EIO' }],
      interventions: { stop: 'aborted', stopCause: reason, killed: true },
    })
    expect(verdict.abortReason).toBe(reason)
    expect(verdict.cleanup.map(({ step }) => step)).toEqual(['umount', 'clean'])
    expect(Object.isFrozen(verdict)).toBe(true)
  })
})
