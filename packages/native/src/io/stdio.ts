import { constants, fchownSync, openSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { ProcessIO, Stdio } from '@execd/core/driver'
import type { Syscalls } from '../sys/syscalls.js'
import { OutputPipe } from './output-pipe.js'

/** The standard descriptors of a process to be started, and this side of them. */
export interface PreparedStdio {
  /** Descriptors that become 0, 1, 2. */
  readonly child: readonly [number, number, number]
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Closes the child's side here; to be called once the process was started, or could not be. */
  release(): Promise<void>
  /** To be called when every process is gone: takes what is left of the output into memory and closes this side. */
  finish(): void
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

/** Opens what the process's standard descriptors are to be. Rejects with the error of open(2) when a file cannot be opened. */
export async function prepareStdio(
  sys: Syscalls,
  io: ProcessIO,
  options: StdioOptions,
): Promise<PreparedStdio> {
  const handles: FileHandle[] = []
  const childEnds: number[] = []
  const child: number[] = []
  const pipes: { stdin: Socket | null; outputs: Array<OutputPipe | null> } = { stdin: null, outputs: [] }
  const release = async (): Promise<void> => {
    for (const fd of childEnds.splice(0)) sys.close(fd)
    await Promise.all(handles.splice(0).map((handle) => handle.close()))
  }
  const destroy = (): void => {
    pipes.stdin?.destroy()
    for (const output of pipes.outputs) output?.destroy()
  }
  try {
    for (const [number, stdio] of [io.stdin, io.stdout, io.stderr].entries()) {
      const input = number === 0
      const wanted: Stdio = options.terminal ? { type: 'ignore' } : stdio
      if (!input) pipes.outputs.push(null)
      if (wanted.type === 'pipe') {
        const [readEnd, writeEnd] = sys.pipe()
        childEnds.push(input ? readEnd : writeEnd)
        if (options.pipeOwner !== null) fchownSync(readEnd, options.pipeOwner.uid, options.pipeOwner.gid)
        child.push(input ? readEnd : writeEnd)
        if (input) pipes.stdin = new Socket({ fd: writeEnd, readable: false, writable: true })
        else pipes.outputs[number - 1] = new OutputPipe(readEnd)
      } else if (wanted.type === 'fd') {
        child.push(wanted.fd)
      } else if (wanted.type === 'ignore') {
        const fd = openSync('/dev/null', constants.O_RDWR)
        childEnds.push(fd)
        child.push(fd)
      } else {
        const handle = await openFile(wanted, input)
        handles.push(handle)
        child.push(handle.fd)
      }
    }
  } catch (error) {
    destroy()
    await release()
    throw error
  }
  const [stdout = null, stderr = null] = pipes.outputs
  return {
    child: child as unknown as readonly [number, number, number],
    stdin: pipes.stdin,
    stdout,
    stderr,
    release,
    finish() {
      pipes.stdin?.destroy()
      for (const output of pipes.outputs) output?.finish()
    },
    destroy,
  }
}
