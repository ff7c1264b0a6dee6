import type { Command, Stats } from '@execd/core'

const MICROSECONDS = 1000

/** One container in one sample. A part that is null is not known. */
export interface Row {
  readonly id: string
  readonly driver: string
  readonly stats: Stats | null
  /** How many processors' worth of time it used since the sample before. */
  readonly cpus: number | null
  /** How many it may use. */
  readonly cpuLimit: number
  readonly memoryLimit: number
  /** Bytes a second. */
  readonly network: Rate | null
  readonly disk: Rate | null
  /** Why there are no figures. */
  readonly note: string | null
  /** Used parts of the limits, from 0 to 1, oldest first. */
  readonly history: { readonly cpu: readonly number[]; readonly memory: readonly number[] }
}

export interface Rate {
  readonly in: number
  readonly out: number
}

/** What the host has. */
export interface Machine {
  readonly cpus: number
  readonly memory: number
}

/** Processors' worth of time between two samples. Pure. */
export function cpusBetween(before: Stats | null, now: Stats): number | null {
  if (before?.cpu === undefined || before.cpu === null || now.cpu === null) return null
  const elapsed = (now.time - before.time) * MICROSECONDS
  return elapsed <= 0 ? null : Math.max(0, now.cpu.total - before.cpu.total) / elapsed
}

/** Bytes a second between two samples. Pure. */
export function rateBetween(
  before: Stats | null,
  now: Stats,
  total: (stats: Stats) => Rate | null,
): Rate | null {
  const [first, last] = [before === null ? null : total(before), total(now)]
  const seconds = before === null ? 0 : (now.time - before.time) / 1000
  if (first === null || last === null || seconds <= 0) return null
  return { in: Math.max(0, last.in - first.in) / seconds, out: Math.max(0, last.out - first.out) / seconds }
}

/** Bytes received and sent, but over lo. Pure. */
export function networkTotal({ network }: Stats): Rate | null {
  const links = network?.filter(({ name }) => name !== 'lo')
  if (links === undefined) return null
  return { in: sum(links.map(({ rxBytes }) => rxBytes)), out: sum(links.map(({ txBytes }) => txBytes)) }
}

/** Bytes read and written. Pure. */
export function diskTotal({ blockIO }: Stats): Rate | null {
  if (blockIO === null) return null
  return {
    in: sum(blockIO.map(({ readBytes }) => readBytes)),
    out: sum(blockIO.map(({ writeBytes }) => writeBytes)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** What a container may use: its limits, else what the host has. Pure. */
export function limitsOf(
  command: Command | null,
  stats: Stats | null,
  machine: Machine,
): { readonly cpus: number; readonly memory: number } {
  const { quota = null, period = null } = command?.resources.cpu ?? {}
  const cpus = quota === null ? machine.cpus : Math.min(machine.cpus, quota / (period ?? 100_000))
  const memory = stats?.memory?.limit ?? command?.resources.memory.limit ?? machine.memory
  return { cpus, memory: Math.min(memory, machine.memory) }
}
