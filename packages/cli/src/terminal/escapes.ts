import { Transform, type TransformCallback } from 'node:stream'

/** What an escape of a terminal session asks for. */
export type EscapeAction = 'end' | 'stop' | 'help'

const ACTIONS: Readonly<Record<number, EscapeAction>> = { 46: 'end', 26: 'stop', 63: 'help' } // . ^Z ?

/** Finds escapes in what is typed, as ssh does: a character at the start of a line, and the one after it. */
export class EscapeScanner {
  readonly #character: number
  #atStart = true
  #pending = false

  constructor(character: number) {
    this.#character = character
  }

  /** The bytes for the program, and what was asked for, in order. */
  scan(chunk: Uint8Array): { readonly pass: Buffer; readonly actions: readonly EscapeAction[] } {
    const pass: number[] = []
    const actions: EscapeAction[] = []
    for (const byte of chunk) {
      if (this.#pending) {
        this.#pending = false
        const action = ACTIONS[byte]
        if (action !== undefined) {
          actions.push(action)
          this.#atStart = true
          continue
        }
        pass.push(this.#character)
        if (byte === this.#character) {
          this.#atStart = false
          continue
        }
      } else if (this.#atStart && byte === this.#character) {
        this.#pending = true
        continue
      }
      pass.push(byte)
      this.#atStart = byte === 0x0d || byte === 0x0a
    }
    return { pass: Buffer.from(pass), actions }
  }
}

/** A stream that lets everything through but escapes. */
export class EscapeFilter extends Transform {
  readonly #scanner: EscapeScanner
  readonly #act: (action: EscapeAction) => void

  constructor(character: number, act: (action: EscapeAction) => void) {
    super()
    this.#scanner = new EscapeScanner(character)
    this.#act = act
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const { pass, actions } = this.#scanner.scan(chunk)
    for (const action of actions) this.#act(action)
    done(null, pass.length === 0 ? undefined : pass)
  }
}
