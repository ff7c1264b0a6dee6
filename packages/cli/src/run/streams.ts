import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** Copies a stream to one of ours, and resolves when all of it is written or our reader is gone, which the program is then told by a broken pipe. */
export async function copyOut(source: Readable | null, target: Writable): Promise<void> {
  // Closed: that of a program which had ended, without a word, before anybody could listen.
  if (source === null || source.closed) return
  let isGone = false
  const gone = (): void => {
    isGone = true
    source.unpipe(target)
    source.destroy()
  }
  target.once('error', gone)
  const closed = once(source, 'close')
  source.pipe(target, { end: false })
  await closed
  target.off('error', gone)
  // After its error process.stdout says neither that it is destroyed nor ever again that it has drained.
  if (!isGone) await drained(target)
}

async function drained(target: Writable): Promise<void> {
  if (!target.writableNeedDrain || target.destroyed) return
  await Promise.race([once(target, 'drain'), once(target, 'error')]).catch(() => {})
}

/** Calls back once when a stream has carried more than so many bytes. */
export function watchLength(source: Readable | null, most: number, onMore: () => void): void {
  let length = 0
  source?.on('data', (chunk: Buffer) => {
    const before = length
    length += chunk.length
    if (before <= most && length > most) onMore()
  })
}

/** Copies our stdin to a program's, and closes it at the end. Gives what undoes it, so that nothing keeps this process alive. */
export function copyIn(
  source: NodeJS.ReadStream,
  target: Writable | null,
  through?: Transformer,
): () => void {
  if (target === null) return () => {}
  target.on('error', () => {})
  const first = through ?? target
  if (through !== undefined) through.pipe(target)
  source.pipe(first)
  return () => {
    source.unpipe(first)
    source.pause()
    source.unref?.()
  }
}

type Transformer = Writable & Readable
