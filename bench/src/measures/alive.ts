import { setTimeout as sleep } from 'node:timers/promises'
import { summarize } from '../stats.js'
import type { Running, Subject } from '../subjects/subject.js'
import { type Metric, measure } from './measure.js'

const WAIT = ['cat']
const MANY = { full: 1000, quick: 100 }
const STARTS = 15
const POLLS = { full: 4, quick: 2 }
const POLL_EVERY_MS = 1000
const AT_A_TIME = 8

/**
 * How the time of one start grows with the containers that are alive, and what it costs to poll their statistics: processor time of this Node, the kernel's part
 * included, of one processor. A quick run has a tenth of the containers.
 */
export const alive = measure({
  name: 'alive',
  metrics: [
    milliseconds('alive-1', 'start until the command runs, with 1 alive'),
    milliseconds('alive-100', 'start until the command runs, with 100 alive'),
    milliseconds('alive-1000', 'start until the command runs, with 1000 alive (quick: 100)'),
    other('growth', 'start with 1000 alive (quick: 100) against with 1', 'x', 2),
    other('stats', 'statistics of 1000 containers (quick: 100) once a second, of one processor', '%', 1),
  ],
  nodes: ['fresh'],
  warmup: { full: 0, quick: 0 },
  rounds: { full: 1, quick: 1 },
  seconds: { full: 120, quick: 15 },
  patience: 120_000,
  excludes: ({ name }) => (name.startsWith('native') ? null : 'is not measured with so many'),
  before: (subject) => subject.ready(WAIT, 1),
  sample: async (subject, quick) => {
    const running: Running[] = []
    try {
      const times: number[] = []
      for (const count of [1, 100, quick ? MANY.quick : MANY.full]) {
        await fill(subject, running, count)
        times.push(await startTime(subject))
      }
      const [one = Number.NaN, , most = Number.NaN] = times
      return [...times, most / one, await pollingCost(running, quick ? POLLS.quick : POLLS.full)]
    } finally {
      await inLanes(running, (each) => each.stop())
    }
  },
})

function milliseconds(key: string, title: string): Metric {
  return other(key, title, 'ms', 2)
}

function other(key: string, title: string, unit: string, digits: number): Metric {
  return { key, title, unit, digits, better: 'lower', tail: false, compare: false }
}

async function fill(subject: Subject, running: Running[], count: number): Promise<void> {
  const missing = Array.from({ length: Math.max(0, count - running.length) })
  await inLanes(missing, async () => {
    running.push(await subject.start(WAIT))
  })
}

/** Median of some starts, each ended before the next. */
async function startTime(subject: Subject): Promise<number> {
  const times: number[] = []
  for (let count = 0; count < STARTS; count += 1) {
    await subject.settle?.()
    const begin = performance.now()
    const one = await subject.start(WAIT)
    times.push(performance.now() - begin)
    await one.stop()
  }
  return summarize(times).median
}

async function pollingCost(running: readonly Running[], polls: number): Promise<number> {
  await inLanes(running, (each) => each.stats?.() ?? Promise.reject(new Error('has no statistics')))
  const before = process.cpuUsage()
  const begin = performance.now()
  for (let poll = 0; poll < polls; poll += 1) {
    const next = begin + (poll + 1) * POLL_EVERY_MS
    await inLanes(running, (each) => each.stats?.() ?? Promise.resolve())
    await sleep(Math.max(0, next - performance.now()))
  }
  const { user, system } = process.cpuUsage(before)
  const busyMs = (user + system) / 1000
  return (busyMs / (performance.now() - begin)) * 100
}

async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...all]
  const lane = async (): Promise<void> => {
    while (rest.length > 0) await work(rest.shift() as T)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, lane))
}
