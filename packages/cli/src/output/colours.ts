import type { WriteStream } from 'node:tty'

const plain = (text: string): string => text
const paint = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`

const PLAIN = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain }
const COLOURED: Colours = {
  bold: paint(1),
  dim: paint(2),
  red: paint(31),
  green: paint(32),
  yellow: paint(33),
  cyan: paint(36),
}

export type Colours = typeof PLAIN

/** Colours for a terminal that has them and a user who wants them (NO_COLOR, TERM); else none. */
export function coloursFor(stream: WriteStream): Colours {
  return stream.isTTY && stream.hasColors() ? COLOURED : PLAIN
}
