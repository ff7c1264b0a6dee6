import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 1
const LAST_PAUSE_MS = 20

/** Asks until `done` says true, with pauses from 1 to 20 ms; false when that does not happen in time. */
export async function waitUntil(done: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
    if (await done()) return true
    const left = end - performance.now()
    if (left <= 0) return false
    await sleep(Math.min(pause, Math.max(left, FIRST_PAUSE_MS)))
  }
}
