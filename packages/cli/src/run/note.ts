import { coloursFor } from '../output/colours.js'

/** A word of ours on stderr, beside what a program writes there. */
export function note(text: string): void {
  const { dim } = coloursFor(process.stderr)
  process.stderr.write(`${dim(`execd: ${text}`)}\n`)
}
