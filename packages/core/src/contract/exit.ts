/** What a process, and all of its descendants, used. Null: the driver or the host cannot tell. */
export interface Usage {
  /** Milliseconds from start to end. */
  readonly wall: number
  readonly cpu: {
    /** Milliseconds of processor time in user mode. */
    readonly user: number | null
    /** Milliseconds of processor time in kernel mode. */
    readonly system: number | null
  }
  readonly memory: {
    /** Most bytes in use at once, as the memory cgroup counted (caches included). */
    readonly peak: number | null
    /** Most bytes resident in one process at once (getrusage(2) ru_maxrss). */
    readonly maxRss: number | null
  }
  readonly pids: {
    /** Most processes and threads at once. */
    readonly peak: number | null
    /** How often a fork was refused by the limit. */
    readonly refused: number | null
  }
}

/** What the kernel's out-of-memory killer did inside the limits of the process. */
export interface OomReport {
  /** How many processes it killed. */
  readonly kills: number
  /** Whether the first process was one of them. */
  readonly init: boolean
}

/** Something that could not be removed after the end. Nothing of it concerns the exit status. */
export interface CleanupProblem {
  readonly step: string
  readonly errno: string
}

/** How a process ended, as a driver reports it. */
export interface ExitStatus {
  /** 0 to 255, or null when a signal ended it. */
  readonly exitCode: number | null
  /** Name of the signal that ended it, such as "SIGKILL", or null. */
  readonly signal: NodeJS.Signals | null
  /** Null: nothing was killed for want of memory, or the driver cannot tell. */
  readonly oom: OomReport | null
  readonly usage: Usage
  readonly cleanup: readonly CleanupProblem[]
  /** True: the driver lost sight of the process (its monitor died) and made sure that nothing of it runs any more; the status is unknown. */
  readonly lost: boolean
}

/** The status of a process that was lost sight of. `wall`: milliseconds since its start; `cleanup`: what could not be cleaned up after it. */
export function lostStatus(wall: number, cleanup: readonly CleanupProblem[] = []): ExitStatus {
  return {
    exitCode: null,
    signal: null,
    oom: null,
    usage: {
      wall,
      cpu: { user: null, system: null },
      memory: { peak: null, maxRss: null },
      pids: { peak: null, refused: null },
    },
    cleanup,
    lost: true,
  }
}
