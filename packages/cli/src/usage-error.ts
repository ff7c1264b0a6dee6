/** A command line that cannot be carried out as it stands. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The command whose help says more, or null for the list of commands. */
  readonly command: string | null
  readonly hint: string | null

  constructor(message: string, command: string | null = null, hint: string | null = null) {
    super(message)
    this.command = command
    this.hint = hint
  }
}
