import { setTimeout as sleep } from 'node:timers/promises'
import { pssOf } from '../host/proc.js'
import type { Running, Subject } from '../subjects/subject.js'
import { type Metric, measure } from './measure.js'

const MANY = 20
const WAIT = ['cat']
const WAIT_WITHOUT_STDIN = ['sleep', '300']

/**
 * What a running container costs beside its command: memory (PSS) of the processes that look after it, with one and with many alive, and the growth of Node
 * itself. In a new Node each time, which has started and ended one container before, so that code loaded once is not counted.
 */
export const memory = measure({
  name: 'memory',
  metrics: [
    kilobytes('kept-1', 'PSS of helper processes, 1 container alive'),
    kilobytes(`kept-${MANY}`, `PSS of helper processes for each of ${MANY} containers alive`),
    kilobytes(`node-${MANY}`, `growth of Node's RSS for each container, from 1 to ${MANY} alive`),
  ],
  nodes: ['fresh'],
  warmup: { full: 0, quick: 0 },
  rounds: { full: 3, quick: 1 },
  seconds: { full: 40, quick: 12 },
  before: (subject) => subject.ready(applet(subject), MANY),
  sample: async (subject) => {
    await stopAll(await startMany(subject, 1))
    const alive = await startMany(subject, 1)
    try {
      const one = keptBy(alive)
      const nodeWithOne = ownMemory()
      alive.push(...(await startMany(subject, MANY - 1)))
      return [one, keptBy(alive) / MANY, (ownMemory() - nodeWithOne) / (MANY - 1)]
    } finally {
      await stopAll(alive)
    }
  },
})

function kilobytes(key: string, title: string): Metric {
  return { key, title, unit: 'kB', digits: 0, better: 'lower', tail: false, compare: false }
}

function applet({ passesStreams }: Subject): readonly string[] {
  return passesStreams ? WAIT : WAIT_WITHOUT_STDIN
}

async function startMany(subject: Subject, count: number): Promise<Running[]> {
  const started: Running[] = []
  for (let number = 0; number < count; number += 1) started.push(await subject.start(applet(subject)))
  // Programs do not say when the command runs: what they do before it is not what they keep.
  await sleep(300)
  return started
}

async function stopAll(alive: readonly Running[]): Promise<void> {
  await Promise.all(alive.map((running) => running.stop()))
}

function keptBy(alive: readonly Running[]): number {
  return alive.flatMap((running) => running.overhead()).reduce((sum, pid) => sum + pssOf(pid), 0)
}

function ownMemory(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 1024
}
