import { readSync } from 'node:fs'
import type { Readable } from 'node:stream'

const CHUNK = 65536
/** More than a pipe holds (fs.pipe-max-size is 1 MiB). A stranger who was passed the other end may write faster than is read here. */
const MOST = 16 * 1024 * 1024

/**
 * What is left to read when no process that could write is there any more: first what the reader holds, then what the kernel holds, without
 * waiting. The descriptor does not block; its end, EAGAIN and EIO all mean that there is nothing more.
 */
export function drain(reader: Readable, fd: number): Buffer[] {
  const chunks: Buffer[] = []
  reader.pause()
  for (let rest: Buffer | null = reader.read(); rest !== null; rest = reader.read()) chunks.push(rest)
  try {
    for (let total = 0; total < MOST; ) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const size = readSync(fd, chunk)
      if (size === 0) break
      chunks.push(chunk.subarray(0, size))
      total += size
    }
    return chunks
  } catch {
    return chunks
  }
}
