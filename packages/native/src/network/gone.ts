import { access } from 'node:fs/promises'
import { waitUntil } from '@execd/linux/wait'

const TIMEOUT_MS = 10_000

async function isGone(name: string): Promise<boolean> {
  try {
    await access(`/sys/class/net/${name}`)
    return false
  } catch {
    return true
  }
}

/** After a monitor died nobody removes its links but the kernel, some time after the last process in their namespace: waits for that. */
export async function linksGone(names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => waitUntil(() => isGone(name), TIMEOUT_MS)))
}
