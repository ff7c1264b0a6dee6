import { closeSync, openSync } from 'node:fs'
import { pipeline, type Readable, Transform } from 'node:stream'
import type { ProcessIO, Stdio } from '@execd/core/driver'

/** The three standard descriptors as `spawn` takes them, and an end to the files that were opened for it. */
export interface OpenedIO {
  readonly stdio: Array<'pipe' | 'ignore' | number>
  close(): void
}

/** Opens what a command's output goes to. A descriptor of the caller is passed on and never closed here. */
export function openIO(io: ProcessIO): OpenedIO {
  const opened: number[] = []
  const close = (): void => {
    for (const fd of opened.splice(0)) closeSync(fd)
  }
  const open = (stdio: Stdio, flags: string): 'pipe' | 'ignore' | number => {
    if (stdio.type === 'pipe' || stdio.type === 'ignore') return stdio.type
    if (stdio.type === 'fd') return stdio.fd
    const fd = openSync(stdio.path, flags === 'r' ? flags : stdio.append ? 'a' : 'w')
    opened.push(fd)
    return fd
  }
  try {
    return { stdio: [open(io.stdin, 'r'), open(io.stdout, 'w'), open(io.stderr, 'w')], close }
  } catch (error) {
    close()
    throw error
  }
}

/** An output stream, and what came first in it. */
export interface Kept {
  readonly stream: Readable
  /** Resolves with the first piece, or with "" at the end of a stream that gave nothing. */
  readonly first: Promise<string>
}

/** Node throws away what nobody has read when a child ends; behind a stream of ours it stays readable, with the same back-pressure. */
export function kept(stream: Readable | null): Kept | null {
  if (stream === null) return null
  let came = (_text: string): void => {}
  const first = new Promise<string>((resolve) => {
    came = resolve
  })
  const relay = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      came(chunk.toString())
      done(null, chunk)
    },
  })
  pipeline(stream, relay, () => came(''))
  return { stream: relay, first }
}
