import { onAbort } from './on-abort.js'

/** Longest delay of setTimeout (2^31 - 1); more would fire at once. */
const MAX_DELAY = 2_147_483_647

/** Calls `action` after a time in milliseconds of any length. Returns what cancels it. */
export function startTimer(milliseconds: number, action: () => void): () => void {
  const end = performance.now() + milliseconds
  let timer: NodeJS.Timeout
  const arm = (): void => {
    const left = end - performance.now()
    timer = left > MAX_DELAY ? setTimeout(arm, MAX_DELAY) : setTimeout(action, Math.max(0, left))
  }
  arm()
  return () => clearTimeout(timer)
}

/** Resolves after a time in milliseconds of any length, also an infinite one, or when the signal fires. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      cancel()
      ignore()
      resolve()
    }
    const cancel = milliseconds === Number.POSITIVE_INFINITY ? () => {} : startTimer(milliseconds, done)
    const ignore = onAbort(signal, done)
  })
}
