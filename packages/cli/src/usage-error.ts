import { Failure } from './failure.js'

/** A command line that cannot be carried out as it stands. */
export class UsageError extends Failure {
  override readonly name = 'UsageError'
  /** It has neither a hint nor the command whose help would be one. */
  readonly isGeneral: boolean

  /** `command`: whose help says more, where there is no other hint; null: the list of commands. */
  constructor(message: string, command: string | null = null, hint: string | null = null) {
    super(
      message,
      hint ??
        `execd ${command === null ? '' : `${command} `}--help lists the ${command === null ? 'commands' : 'options'}`,
    )
    this.isGeneral = command === null && hint === null
  }
}
