import type { Case, Group } from '@execd/conformance'
import type { Driver } from '@execd/core'
import type { Command, ExecOptions, ProcessSpec } from '@execd/core/driver'

/** What is done to a driver so that it ignores something. */
export interface Changes {
  readonly without: (command: Command) => Command
  /** What becomes of the process of each exec. Default: nothing. */
  readonly spec?: (spec: ProcessSpec) => ProcessSpec
  /** What becomes of the options of each exec. Default: nothing. */
  readonly exec?: (options: ExecOptions) => ExecOptions
  /** Verbs instead of the driver's. Default: none. */
  readonly over?: (driver: Driver) => Partial<Driver>
}

/** A driver that takes a field and does nothing about it, and the cases of the groups that must notice. */
export interface Ignored extends Changes {
  readonly field: string
  readonly groups: readonly Group[]
  readonly fails: readonly Case['id'][]
}

/** Other attributes of the process. */
export const process =
  (changes: Partial<Command['process']>) =>
  (command: Command): Command => ({
    ...command,
    process: { ...command.process, ...changes },
  })

/** Other namespaces. */
export const namespaces =
  (changes: Partial<Command['namespaces']>) =>
  (command: Command): Command => ({
    ...command,
    namespaces: { ...command.namespaces, ...changes },
  })
