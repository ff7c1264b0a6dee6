/** Memory in bytes. */
export interface MemoryStats {
  readonly usage: number
  readonly peak: number | null
  /** Null: no limit. */
  readonly limit: number | null
  readonly swap: number | null
  /** How often the limit was hit. */
  readonly failures: number | null
  readonly oomKills: number | null
  /** The kernel's memory.stat, as it is. */
  readonly detail: Readonly<Record<string, number>>
}

/** Processor time in microseconds. */
export interface CpuStats {
  readonly total: number
  readonly user: number | null
  readonly system: number | null
  readonly periods: number | null
  readonly throttledPeriods: number | null
  readonly throttledTime: number | null
}

export interface PidsStats {
  readonly current: number
  readonly peak: number | null
  /** Null: no limit. */
  readonly limit: number | null
}

/** Counters of one block device. */
export interface BlockIOStats {
  readonly major: number
  readonly minor: number
  readonly readBytes: number
  readonly writeBytes: number
  readonly readOperations: number
  readonly writeOperations: number
}

/** Counters of one network interface, as seen from inside the container. */
export interface NetworkStats {
  readonly name: string
  readonly rxBytes: number
  readonly rxPackets: number
  readonly rxErrors: number
  readonly rxDropped: number
  readonly txBytes: number
  readonly txPackets: number
  readonly txErrors: number
  readonly txDropped: number
}

/** One sample. A part is null when the driver or the host does not count it. */
export interface Stats {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly memory: MemoryStats | null
  readonly cpu: CpuStats | null
  readonly pids: PidsStats | null
  readonly blockIO: readonly BlockIOStats[] | null
  readonly network: readonly NetworkStats[] | null
}
