import { spawnSync } from 'node:child_process'

/** A bridge of this host that a case made. */
export interface Bridge {
  readonly name: string
  /** Its own address, in a network of 24 bits. */
  readonly address: string
  remove(): void
}

/** Makes a bridge with `ip` (iproute2), as root. Throws an Error in words when that does not work. */
export function makeBridge(name: string, address: string): Bridge {
  const ip = (...args: readonly string[]): void => {
    const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
  }
  ip('link', 'add', name, 'type', 'bridge')
  const remove = (): void => ip('link', 'delete', name)
  try {
    ip('address', 'add', `${address}/24`, 'dev', name)
    ip('link', 'set', name, 'up')
  } catch (error) {
    remove()
    throw error
  }
  return { name, address, remove }
}
