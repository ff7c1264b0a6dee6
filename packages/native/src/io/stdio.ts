import { constants, fchownSync, openSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { ProcessIO, Stdio } from '@execd/core/driver'
import type { Syscalls } from '../sys/syscalls.js'

/** The standard descriptors of a process to be started, and this side of them. */
export interface PreparedStdio {
  /** Descriptors that become 0, 1, 2. */
  readonly child: readonly [number, number, number]
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Closes the child's side here; to be called once the process was started, or could not be. */
  release(): Promise<void>
  /** Closes this side too, for a start that failed. */
  destroy(): void
}

const FILE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOCTTY

function openFile(stdio: Extract<Stdio, { type: 'file' }>, input: boolean): Promise<FileHandle> {
  if (input) return open(stdio.path, constants.O_RDONLY | constants.O_NOCTTY)
  return open(stdio.path, FILE_FLAGS | (stdio.append ? constants.O_APPEND : constants.O_TRUNC), 0o600)
}

/** Host ids of the first user of a user namespace. */
export interface PipeOwner {
  readonly uid: number
  readonly gid: number
}

export interface StdioOptions {
  /** A terminal takes the place of all three. */
  readonly terminal: boolean
  readonly pipeOwner: PipeOwner | null
}

/**
 * This side of a pipe as a stream. `manualStart` (an option that Node's own child_process relies on) keeps it from reading before
 * somebody listens: the end of a program without output would be told while the caller still waits for the start.
 */
function pipeStream(fd: number, input: boolean): Socket {
  const options = { fd, readable: !input, writable: input, manualStart: true }
  return new Socket(options)
}

/** Opens what the process's standard descriptors are to be. Rejects with the error of open(2) when a file cannot be opened. */
export async function prepareStdio(
  sys: Syscalls,
  io: ProcessIO,
  options: StdioOptions,
): Promise<PreparedStdio> {
  const handles: FileHandle[] = []
  const childEnds: number[] = []
  const child: number[] = []
  const streams: Array<Socket | null> = []
  const release = async (): Promise<void> => {
    for (const fd of childEnds.splice(0)) sys.close(fd)
    await Promise.all(handles.splice(0).map((handle) => handle.close()))
  }
  const destroy = (): void => {
    for (const stream of streams) stream?.destroy()
  }
  try {
    for (const [number, stdio] of [io.stdin, io.stdout, io.stderr].entries()) {
      const input = number === 0
      const wanted: Stdio = options.terminal ? { type: 'ignore' } : stdio
      if (wanted.type === 'pipe') {
        const [readEnd, writeEnd] = sys.pipe()
        childEnds.push(input ? readEnd : writeEnd)
        if (options.pipeOwner !== null) fchownSync(readEnd, options.pipeOwner.uid, options.pipeOwner.gid)
        child.push(input ? readEnd : writeEnd)
        streams.push(pipeStream(input ? writeEnd : readEnd, input))
      } else if (wanted.type === 'fd') {
        child.push(wanted.fd)
        streams.push(null)
      } else if (wanted.type === 'ignore') {
        const fd = openSync('/dev/null', constants.O_RDWR)
        childEnds.push(fd)
        child.push(fd)
        streams.push(null)
      } else {
        const handle = await openFile(wanted, input)
        handles.push(handle)
        child.push(handle.fd)
        streams.push(null)
      }
    }
  } catch (error) {
    destroy()
    await release()
    throw error
  }
  const [stdin = null, stdout = null, stderr = null] = streams
  return {
    child: child as unknown as readonly [number, number, number],
    stdin,
    stdout,
    stderr,
    release,
    destroy,
  }
}
