import { duration, measure, needsStreams } from './measure.js'

const MIB = 1024
const DD = ['dd', 'if=/dev/zero', 'bs=65536', `count=${MIB * 16}`]

/** From the call to the last byte of a large output that Node reads and drops. */
export const stream = measure({
  name: 'stream',
  metrics: [duration(`streaming ${MIB} MiB out of a command`)],
  nodes: ['idle'],
  warmup: { full: 1, quick: 1 },
  rounds: { full: 10, quick: 2 },
  seconds: { full: 25, quick: 5 },
  excludes: needsStreams,
  before: (subject) => subject.ready(DD, 1),
  sample: async (subject) => {
    let bytes = 0
    const begin = performance.now()
    const running = await subject.start(DD)
    running.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await running.finished
    const time = performance.now() - begin
    if (bytes !== MIB * 1024 ** 2) throw new Error(`${bytes} bytes came of ${MIB} MiB`)
    return [time]
  },
})
