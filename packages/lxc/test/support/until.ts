import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for a condition that must become true; the limit is generous, since nothing here measures time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not happen: ${what}`)
    await sleep(10)
  }
}
