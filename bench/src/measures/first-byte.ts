import { once } from 'node:events'
import { duration, measure, needsStreams } from './measure.js'

const ECHO = ['echo', 'x']

/** From the call to the first byte of output in Node. */
export const firstByte = measure({
  name: 'first-byte',
  metrics: [duration('first byte of output')],
  rounds: { full: 40, quick: 6 },
  seconds: { full: 25, quick: 4 },
  excludes: needsStreams,
  before: (subject) => subject.ready(ECHO, 1),
  sample: async (subject) => {
    const begin = performance.now()
    const running = await subject.start(ECHO)
    await once(running.stdout, 'data')
    const time = performance.now() - begin
    await running.finished
    return [time]
  },
})
