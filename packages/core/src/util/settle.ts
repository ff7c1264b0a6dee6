import { onAbort } from './on-abort.js'

/** A promise with its handles. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** A promise to be settled from outside. A rejection that nobody waits for is no unhandled one. */
export function deferred<T>(): Deferred<T> {
  let handles: Omit<Deferred<T>, 'promise'> | undefined
  const promise = new Promise<T>((resolve, reject) => {
    handles = { resolve, reject }
  })
  promise.catch(() => {})
  return { promise, ...(handles as Omit<Deferred<T>, 'promise'>) }
}

/** The work, or a rejection as soon as the signal fires: what the work does afterwards concerns nobody. */
export function orAbort<T>(signal: AbortSignal, work: Promise<T>, error: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(error())
    if (signal.aborted) giveUp()
    const ignore = onAbort(signal, giveUp)
    work.then(resolve, reject).finally(ignore)
  })
}

/** Runs tasks one after the other; a failure of one does not concern the next. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task)
    this.#last = result.catch(() => {})
    return result
  }
}
