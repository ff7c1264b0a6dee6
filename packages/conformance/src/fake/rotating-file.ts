import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Stdio } from '@execd/core/driver'

type RotatedFile = Extract<Stdio, { type: 'file' }>

/** Whether an output goes to a file that is kept small. */
export function isRotated(stdio: Stdio): stdio is RotatedFile & { readonly rotate: object } {
  return stdio.type === 'file' && stdio.rotate !== null
}

/** Writes a stream to a file that is kept small; resolves when all of it is written. Nothing for a stream that is null. */
export async function intoFiles(stream: Readable | null, file: RotatedFile): Promise<void> {
  if (stream === null || file.rotate === null) return
  const { maxSize, maxFiles } = file.rotate
  let fd = openSync(file.path, file.append ? 'a' : 'w')
  try {
    let room = maxSize - fstatSync(fd).size
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (let rest = chunk; rest.length > 0; ) {
        if (room <= 0) {
          closeSync(fd)
          shift(file.path, maxFiles)
          fd = openSync(file.path, 'w')
          room = maxSize
        }
        const written = writeSync(fd, rest.subarray(0, room))
        room -= written
        rest = rest.subarray(written)
      }
    }
  } finally {
    closeSync(fd)
  }
}

/** What is at a path goes to "<path>.1", what was there to "<path>.2", and so on; the oldest goes. */
function shift(path: string, maxFiles: number): void {
  const name = (index: number): string => (index === 0 ? path : `${path}.${index}`)
  rmSync(name(maxFiles - 1), { force: true })
  for (let index = maxFiles - 2; index >= 0; index--)
    if (existsSync(name(index))) renameSync(name(index), name(index + 1))
}
