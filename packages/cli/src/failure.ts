/** Something that cannot be done, in words for people. */
export class Failure extends Error {
  override readonly name: string = 'Failure'
  readonly hint: string | null

  constructor(message: string, hint: string | null = null) {
    super(message)
    this.hint = hint
  }
}
