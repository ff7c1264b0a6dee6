import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'

/** All text of a stream of a process; nothing when it has none. */
export function textOf(stream: Readable | null): Promise<string> {
  return text(stream ?? Readable.from([]))
}

/** All bytes of a stream of a process; none when it has none. */
export function bytesOf(stream: Readable | null): Promise<Buffer> {
  return buffer(stream ?? Readable.from([]))
}
