import type { Subject } from '../subjects/subject.js'
import { type Measure, measure } from './measure.js'

const TRUE = ['true']
const SLICE_MS = { full: 500, quick: 250 }

/** Commands started and ended in a second with so many at a time. */
export function throughput(atATime: number): Measure {
  return measure({
    name: `throughput-${atATime}`,
    metrics: [
      {
        key: 'rate',
        title: `starts to exit a second, ${atATime} at a time`,
        unit: '/s',
        digits: 0,
        better: 'higher',
        tail: false,
        compare: true,
      },
    ],
    nodes: ['idle'],
    warmup: { full: 0, quick: 0 },
    rounds: { full: 3, quick: 1 },
    seconds: { full: 20, quick: 5 },
    before: (subject) => subject.ready(TRUE, atATime),
    sample: async (subject, quick) => [await rate(subject, atATime, quick ? SLICE_MS.quick : SLICE_MS.full)],
  })
}

/** Starts for a while, lets the last ones end, and counts over the whole time. */
async function rate(subject: Subject, atATime: number, forMs: number): Promise<number> {
  const begin = performance.now()
  let count = 0
  const lane = async (): Promise<void> => {
    do {
      await subject.run(TRUE)
      count += 1
    } while (performance.now() - begin < forMs)
  }
  await Promise.all(Array.from({ length: atATime }, lane))
  return (count * 1000) / (performance.now() - begin)
}
