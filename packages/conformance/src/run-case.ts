import type { Case } from './case.js'
import { exceptionOf, failsAsDeclared } from './exceptions.js'
import { type Ground, makeContext } from './make-context.js'
import { DEFAULT_TIMEOUT_MS } from './options.js'

/** Time for closing what a case left running. */
const CLOSE_MS = 10_000

/** Most milliseconds that a case may take, all told. */
export function limitOf(one: Case, timeoutMs = DEFAULT_TIMEOUT_MS): number {
  return Math.max(timeoutMs, one.timeoutMs ?? 0) + 2 * CLOSE_MS
}

/**
 * Runs one case over a driver of its own. Rejects when the driver fails it, or does not come to an end; where the driver declares an exception, when it does not
 * fail as declared.
 */
export async function runCase(one: Case, ground: Ground): Promise<void> {
  const exception = exceptionOf(one, ground.capabilities)
  if (exception === null) return runOnce(one, ground)
  return failsAsDeclared(exception, () => runOnce(one, ground))
}

async function runOnce(one: Case, ground: Ground): Promise<void> {
  const { context, close, remove } = await makeContext(ground)
  const time = Math.max(ground.options.timeoutMs ?? DEFAULT_TIMEOUT_MS, one.timeoutMs ?? 0)
  try {
    try {
      await within(time, one.run(context), `${one.id} took more than ${time} ms`)
    } catch (error) {
      // The case's own failure counts, not what follows from it.
      await within(CLOSE_MS, close(), '').catch(() => {})
      throw error
    }
    await within(CLOSE_MS, close(), `closing the runtime took more than ${CLOSE_MS} ms`)
  } finally {
    await remove()
  }
}

/** The promise, or a rejection with the words when it takes longer. */
async function within<T>(milliseconds: number, promise: Promise<T>, words: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
