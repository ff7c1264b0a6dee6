import type { Group } from '@execd/conformance'
import type { Command, ExecOptions } from '@execd/core/driver'

/** A driver that takes a field and does nothing about it, and the cases of the groups that must notice. */
export interface Ignored {
  readonly field: string
  readonly without: (command: Command) => Command
  /** What becomes of the options of each exec. Default: nothing. */
  readonly exec?: (options: ExecOptions) => ExecOptions
  readonly groups: readonly Group[]
  readonly fails: readonly string[]
}
