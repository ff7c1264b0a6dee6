import { readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { shared } from './read-buffers.js'

/** More than a pipe holds (fs.pipe-max-size is 1 MiB). A stranger who was passed the other end may write faster than is read here. */
const MOST = 16 * 1024 * 1024

/** What is left to read when no process that could write is there any more: first what the reader holds, then what the kernel holds. */
export function drain(reader: Readable, fd: number): Buffer[] {
  const chunks: Buffer[] = []
  reader.pause()
  for (let rest: Buffer | null = reader.read(); rest !== null; rest = reader.read()) chunks.push(rest)
  return chunks.concat(drainDescriptor(fd))
}

/** What the kernel holds, without waiting. The descriptor does not block; its end, EAGAIN and EIO all mean that there is nothing more. */
export function drainDescriptor(fd: number): Buffer[] {
  const chunks: Buffer[] = []
  try {
    for (let total = 0; total < MOST; ) {
      const size = readSync(fd, shared)
      if (size === 0) break
      chunks.push(Buffer.from(shared.subarray(0, size)))
      total += size
    }
    return chunks
  } catch {
    return chunks
  }
}
