import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { measure } from './measure.js'

const TRUE = ['true']
/** What the command before left to the kernel, namespaces to take down, would take a processor from this one. */
const REST_MS = 20

/**
 * The longest time for which the event loop did not turn while one command was started and ended: a loop of setImmediate notes the gaps between its turns.
 * (perf_hooks' monitorEventLoopDelay has a resolution of a millisecond.) The subject that starts nothing shows what the machine adds.
 */
export const eventLoop = measure({
  name: 'event-loop',
  metrics: [
    {
      key: 'gap',
      title: 'longest block of the event loop during a start',
      unit: 'ms',
      digits: 2,
      better: 'lower',
      tail: true,
      compare: true,
    },
  ],
  warmup: { full: 30, quick: 10 },
  rounds: { full: 150, quick: 30 },
  seconds: { full: 30, quick: 5 },
  control: true,
  excludes: ({ name }) =>
    ['child_process', 'native', 'native-pooled', 'nothing'].includes(name)
      ? null
      : 'is started by child_process.spawn too',
  before: (subject) => subject.ready(TRUE, 1),
  sample: async (subject) => {
    await sleep(REST_MS)
    let longest = 0
    let last = performance.now()
    let turning = true
    const look = (): void => {
      const now = performance.now()
      if (now - last > longest) longest = now - last
      last = now
      if (turning) setImmediate(look)
    }
    look()
    for (let count = 0; count < 20; count += 1) await turn()
    longest = 0
    last = performance.now()
    await subject.run(TRUE)
    look()
    turning = false
    return [longest]
  },
})
