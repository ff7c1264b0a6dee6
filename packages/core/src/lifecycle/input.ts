import type { Readable, Writable } from 'node:stream'
import { types } from 'node:util'

/**
 * Writes everything to stdin and closes it. A program that does not read it (EPIPE) or ends early is no error. `onFailure` is called when a source stream
 * breaks off: its program must not take half of the input for the whole. Returns what lets go of the source when the program has ended.
 */
export function feed(
  stdin: Writable,
  input: string | Uint8Array | Readable,
  onFailure: (error: unknown) => void,
): () => void {
  if (typeof input === 'string' || types.isUint8Array(input)) {
    stdin.end(input)
    return () => {}
  }
  let over = false
  const fail = (error: unknown): void => {
    if (over) return
    over = true
    input.unpipe(stdin)
    onFailure(error)
  }
  const release = (): void => {
    over = true
    input.unpipe(stdin)
    if (input === (process.stdin as Readable)) input.pause()
    else input.destroy()
  }
  input.once('end', () => {
    over = true
  })
  input.on('error', fail)
  input.once('close', () => fail(new Error('the input stream was closed before its end')))
  stdin.once('close', release)
  if (input.destroyed) fail(input.errored ?? new Error('the input stream was closed before it was read'))
  else input.pipe(stdin)
  return release
}
