import { WriteStream } from 'node:tty'
import type { TerminalSize } from '@execd/core'

/** The size of the terminal of this process, whichever of its streams that is; null without one. */
export function terminalSize(): TerminalSize | null {
  for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) return sizeOf(stream)
  if (!process.stdin.isTTY) return null
  // The read side of a terminal has no size of its own in Node.
  return sizeOf(new WriteStream(0))
}

function sizeOf({ rows, columns }: { rows: number; columns: number }): TerminalSize | null {
  return rows > 0 && columns > 0 ? { height: rows, width: columns } : null
}
