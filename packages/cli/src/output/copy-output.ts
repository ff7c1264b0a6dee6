import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { readOutput } from '@execd/core'

export interface CopyOptions {
  /** Until when to go on with what comes; false: to the end of what there is. */
  readonly follow: false | Promise<unknown>
  /** Lines before the end to begin with; null: all there are. */
  readonly tail: number | null
}

/** Copies an output that is in files, rotated or not, to a stream; ends when nobody reads that any more. */
export async function copyOutput(
  path: string,
  target: Writable,
  { follow, tail }: CopyOptions,
): Promise<void> {
  const gone = new AbortController()
  target.once('error', () => gone.abort())
  const begun = tail === null ? { position: null } : await showTail(path, target, tail)
  for await (const { data } of readOutput(path, { ...begun, follow, signal: gone.signal })) {
    if (!target.write(data) && !gone.signal.aborted)
      await once(target, 'drain', { signal: gone.signal }).catch(() => {})
  }
}

/** Writes the last lines, and tells where they end. */
async function showTail(path: string, target: Writable, lines: number) {
  let kept: Buffer = Buffer.alloc(0)
  let position = null
  for await (const piece of readOutput(path)) {
    kept = lastLines(Buffer.concat([kept, piece.data]), lines)
    position = piece.position
  }
  target.write(kept)
  return { position }
}

/** The last lines of a text; what follows the last line break is a line too. Pure. */
export function lastLines(text: Buffer, count: number): Buffer {
  if (count === 0) return text.subarray(text.length)
  let at = text.length - 1
  for (let left = count; left > 0 && at >= 0; left--) at = at === 0 ? -1 : text.lastIndexOf(0x0a, at - 1)
  return text.subarray(at + 1)
}
