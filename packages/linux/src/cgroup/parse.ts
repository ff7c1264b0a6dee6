import type { BlockIOStats } from '@execd/core/driver'

/** A file with one number, null for "max", a missing file and anything else. Pure. */
export function numberOf(text: string | null | undefined): number | null {
  const trimmed = text?.trim() ?? ''
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null
}

/** A "flat keyed" file (cgroup-v2.rst, "Interface Files"): lines of a key and a number. Pure. */
export function flatKeyed(text: string | null | undefined): Record<string, number> {
  const values: Record<string, number> = {}
  // one expression for all lines: a group's memory.stat has forty, and is read with each sample
  for (const [, key, value] of (text ?? '').matchAll(/^(\S+) (\d+)$/gm))
    if (key !== undefined) values[key] = Number(value)
  return values
}

/** v1 writes "no limit" as the largest number of pages in bytes, 2^63 less one page. Pure. */
export function limitOf(text: string | null | undefined): number | null {
  const value = numberOf(text)
  return value === null || value >= 2 ** 62 ? null : value
}

type Counter = 'readBytes' | 'writeBytes' | 'readOperations' | 'writeOperations'

/** Collects counters by device. */
export class BlockIOTable {
  readonly #rows = new Map<string, Record<Counter, number>>()

  add(device: string, counter: Counter, value: number): void {
    const row = this.#rows.get(device) ?? {
      readBytes: 0,
      writeBytes: 0,
      readOperations: 0,
      writeOperations: 0,
    }
    row[counter] += value
    this.#rows.set(device, row)
  }

  rows(): BlockIOStats[] {
    return [...this.#rows].map(([device, row]) => {
      const [major, minor] = device.split(':').map(Number)
      return { major: major ?? 0, minor: minor ?? 0, ...row }
    })
  }
}
