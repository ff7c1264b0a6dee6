import type { ReportKey } from '@execd/linux/cgroup'
import { describe, expect, test } from '@jest/globals'
import type { Exited } from '../../dist/init/monitor.js'
import { step } from '../../dist/plan/steps.js'
import { exitStatus, stepName } from '../../dist/process/exit-status.js'

const plan = {
  steps: [
    step.exec({ args: ['true'] }),
    step.cgroupKill({ dir: 0, version: 1, timeoutMs: 1 }),
    step.rmdir({ dir: 1, timeoutMs: 1, file: 'box', guard: 0 }),
  ],
  about: [null, null, null],
  limits: [],
}

const ended: Exited = {
  type: 'exited',
  code: 0,
  signal: null,
  coreDumped: false,
  userTimeUs: 1500n,
  systemTimeUs: 2500n,
  maxRssKiB: 10n,
  wallMs: 11n,
  killed: false,
  reads: [],
  cleanupErrors: [],
}

/** The status of an end, with the counters that the groups gave. */
function status(
  more: Partial<Exited> = {},
  counters: Partial<Record<ReportKey, string | { errno: number }>> = {},
  killed = false,
) {
  const reads = Object.values(counters).map((value) =>
    typeof value === 'string'
      ? { step: 9, errno: 0, data: Buffer.from(value) }
      : { step: 9, errno: value.errno, data: Buffer.from('memory that is not a counter') },
  )
  const context = { wall: 12.5, killed, reportKeys: Object.keys(counters) as ReportKey[] }
  return exitStatus((index) => stepName(plan, index), { ...ended, reads, ...more }, context)
}

describe('how it ended', () => {
  test('an exit code', () => {
    expect(status({ code: 7 })).toMatchObject({
      exitCode: 7,
      signal: null,
      oom: null,
      lost: false,
      cleanup: [],
    })
  })

  test.each([
    [9, 'SIGKILL'],
    [15, 'SIGTERM'],
    [6, 'SIGABRT'],
    [17, 'SIGCHLD'],
    [29, 'SIGIO'],
    [34, 'SIGRTMIN+0'],
    [64, 'SIGRTMIN+30'],
  ])('signal %i is %s', (signal, name) => {
    expect(status({ code: null, signal })).toMatchObject({ exitCode: null, signal: name })
  })
})

describe('out of memory', () => {
  const oom = (kills: number) => ({ memoryEvents: `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n` })

  test('without a kill there was none', () => {
    expect(status({ code: null, signal: 9 }, oom(0)).oom).toBeNull()
    expect(status({ code: null, signal: 9 }).oom).toBeNull()
    expect(status({ code: null, signal: 9 }, { memoryEvents: { errno: 2 } }).oom).toBeNull()
  })

  test('of the first process itself, when SIGKILL ended it and nobody here had sent that', () => {
    expect(status({ code: null, signal: 9 }, oom(1)).oom).toEqual({ kills: 1, init: true })
    expect(status({ code: null, signal: 9 }, oom(1), true).oom).toEqual({ kills: 1, init: false })
  })

  test('of another process', () => {
    expect(status({ code: 1 }, oom(3)).oom).toEqual({ kills: 3, init: false })
    expect(status({ code: null, signal: 15 }, oom(2)).oom).toEqual({ kills: 2, init: false })
    // what a shell makes of a child's death is an exit code
    expect(status({ code: 137 }, oom(1)).oom).toEqual({ kills: 1, init: false })
  })

  test('on v2 too', () => {
    const memoryEvents = 'low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\noom_group_kill 0\n'
    expect(status({ code: null, signal: 9 }, { memoryEvents }).oom).toEqual({ kills: 1, init: true })
  })
})

describe('usage', () => {
  test('without groups it is that of the processes that were waited for', () => {
    expect(status().usage).toEqual({
      wall: 12.5,
      cpu: { user: 1.5, system: 2.5 },
      memory: { peak: null, maxRss: 10_240 },
      pids: { peak: null, refused: null },
    })
  })

  test('the groups know better', () => {
    const counters = {
      cpuTotal: '30000000',
      cpuUser: '20000000',
      cpuSystem: '10000000',
      memoryPeak: '4096\n',
      pidsPeak: '3\n',
      pidsEvents: 'max 2\n',
    }
    expect(status({}, counters).usage).toMatchObject({
      cpu: { user: 20, system: 10 },
      memory: { peak: 4096, maxRss: 10_240 },
      pids: { peak: 3, refused: 2 },
    })
  })

  test('a counter that could not be read is null, and does not move the others', () => {
    const { usage } = status({}, { memoryPeak: { errno: 2 }, pidsPeak: '3', cpuStat: { errno: 95 } })
    expect(usage).toMatchObject({
      cpu: { user: 1.5, system: 2.5 },
      memory: { peak: null },
      pids: { peak: 3, refused: null },
    })
  })

  test('a report that is short of counters is no error', () => {
    const context = { wall: 1, killed: false, reportKeys: ['memoryPeak', 'pidsPeak'] as const }
    const reads = [{ step: 1, errno: 0, data: Buffer.from('5') }]
    expect(exitStatus(String, { ...ended, reads }, context).usage).toMatchObject({
      memory: { peak: 5 },
      pids: { peak: null },
    })
  })
})

test('what could not be cleaned up is told by step and errno', () => {
  const cleanupErrors = [
    { step: 1, errno: 110 },
    { step: 2, errno: 16 },
    { step: 40, errno: 5 },
  ]
  expect(status({ cleanupErrors }).cleanup).toEqual([
    { step: 'cgroupKill', errno: 'ETIMEDOUT' },
    { step: 'rmdir', errno: 'EBUSY' },
    { step: '40', errno: 'EIO' },
  ])
})
