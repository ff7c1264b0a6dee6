import type { Running } from '../subjects/subject.js'
import { duration, measure } from './measure.js'

const WAIT = ['cat']
const TRUE = ['true']
const containers = new Map<string, Running>()
/** What has no containers runs one more process: the base. */
const PLAIN = 'child_process'

/** One more command in a container that runs, start to exit. */
export const execMeasure = measure({
  name: 'exec',
  metrics: [duration('exec of `true` in a running container')],
  rounds: { full: 40, quick: 6 },
  seconds: { full: 25, quick: 4 },
  excludes: ({ name }) => (name === 'bubblewrap' ? 'has no exec' : null),
  before: async (subject) => {
    if (subject.name === PLAIN) return
    const running = await subject.start(waiting(subject.passesStreams))
    running.stdout.resume()
    containers.set(subject.name, running)
    await retry(() => execIn(running))
  },
  sample: async (subject) => {
    const running = containers.get(subject.name)
    const begin = performance.now()
    if (running === undefined) await subject.run(TRUE)
    else await execIn(running)
    return [performance.now() - begin]
  },
  after: async (subject) => {
    await containers.get(subject.name)?.stop()
    containers.delete(subject.name)
  },
})

function waiting(streams: boolean): readonly string[] {
  return streams ? WAIT : ['sleep', '300']
}

function execIn(running: Running): Promise<void> {
  return running.exec?.(TRUE) ?? Promise.reject(new Error('has no exec'))
}

/** Programs do not say when the container is up: tried until it is. */
async function retry(call: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 3000
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}
