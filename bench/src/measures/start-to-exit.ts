import { duration, measure } from './measure.js'

const TRUE = ['true']

/** From the call to the end of `true`, with its output read to the end: the price of a container. */
export const startToExit = measure({
  name: 'start',
  metrics: [duration('start to exit of `true`')],
  warmup: { full: 20, quick: 5 },
  rounds: { full: 100, quick: 15 },
  seconds: { full: 60, quick: 9 },
  before: (subject) => subject.ready(TRUE, 1),
  sample: async (subject) => {
    const begin = performance.now()
    await subject.run(TRUE)
    return [performance.now() - begin]
  },
})
