// The process in which everything is measured: started by client.ts, told what to do over its channel.
import { setTimeout as sleep } from 'node:timers/promises'
import { takeMemory } from '../big-heap.js'
import type { Workshop } from '../host/workshop.js'
import { MEASURES } from '../measures/index.js'
import { SUBJECTS } from '../subjects/index.js'
import type { Subject } from '../subjects/subject.js'
import { type Answers, type Opened, type Reply, type Request, textOf } from './messages.js'

const PREPARE_MS = 5000

const opened: Subject[] = []
/** Referenced from here for as long as the process lives. */
const held: unknown[] = []

async function prepare(subject: Subject, workshop: Workshop): Promise<string> {
  const late = sleep(PREPARE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`did not run \`true\` within ${PREPARE_MS / 1000} s`)
  })
  return Promise.race([subject.prepare(workshop), late])
}

async function open({
  workshop,
  subjects,
  hold,
}: Extract<Request, { do: 'open' }>): Promise<Answers['open']> {
  const outcome: Record<string, Opened> = {}
  for (const subject of SUBJECTS.filter(({ name }) => subjects.includes(name))) {
    opened.push(subject)
    try {
      outcome[subject.name] = { version: await prepare(subject, workshop) }
    } catch (error) {
      outcome[subject.name] = { reason: textOf(error) }
    }
  }
  if (hold > 0) held.push(takeMemory(hold))
  return { subjects: outcome, rssMiB: Math.round(process.memoryUsage.rss() / 1024 ** 2) }
}

async function answer(request: Request): Promise<Answers[Request['do']]> {
  if (request.do === 'ping') return null
  if (request.do === 'open') return open(request)
  if (request.do === 'close') {
    await Promise.all(opened.splice(0).map((subject) => subject.dispose()))
    return null
  }
  const measure = MEASURES.find(({ name }) => name === request.measure)
  const subject = opened.find(({ name }) => name === request.subject)
  if (measure === undefined || subject === undefined)
    throw new Error(`no ${request.measure} of ${request.subject}`)
  if (request.do === 'sample') {
    await subject.settle?.()
    return measure.sample(subject, request.quick)
  }
  await measure[request.do](subject)
  return null
}

function reply(message: Reply): void {
  if (process.connected) process.send?.(message)
}

process.on('message', ({ id, ...request }: Request & { id: number }) => {
  answer(request).then(
    (value) => reply({ id, value }),
    (error: unknown) => reply({ id, error: textOf(error) }),
  )
})

// Ctrl-C reaches every process of the terminal: the bench ends its workers in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
process.once('disconnect', () => {
  const end = (): void => process.exit(0)
  setTimeout(end, 8000).unref()
  answer({ do: 'close' }).then(end, end)
})
