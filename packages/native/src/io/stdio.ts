import { constants, fchownSync, openSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { ProcessIO, Stdio } from '@execd/core/driver'
import type { Syscalls } from '../sys/syscalls.js'
import { openFile } from './open-file.js'
import { OutputPipe } from './output-pipe.js'

/** This side of the standard descriptors; null where there is none. */
export interface StdioStreams {
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** To be called when every process is gone: takes what is left of the output into memory and closes this side. */
  finish(): void
}

/** The standard descriptors of a process to be started, and this side of them. */
export interface PreparedStdio {
  /** Descriptors that become 0, 1, 2. */
  readonly child: readonly [number, number, number]
  /** Makes the streams of this side, once: when the process was started already, which need not wait for it. */
  connect(): StdioStreams
  /** Closes the child's side here; to be called once the process was started, or could not be. */
  release(): Promise<void>
  /** Closes this side too, for a start that failed. */
  destroy(): void
}

/** The helper makes the pipe, in the place of what is given here. */
export function isRotated(stdio: Stdio): boolean {
  return stdio.type === 'file' && stdio.rotate !== null
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
  const ownEnds: Array<number | null> = []
  let streams: { stdin: Socket | null; outputs: readonly (OutputPipe | null)[] } | null = null
  const release = async (): Promise<void> => {
    for (const fd of childEnds.splice(0)) sys.close(fd)
    if (handles.length > 0) await Promise.all(handles.splice(0).map((handle) => handle.close()))
  }
  const connect = (): StdioStreams => {
    const [input = null, ...outputs] = ownEnds.splice(0)
    const made = {
      stdin: input === null ? null : new Socket({ fd: input, readable: false, writable: true }),
      outputs: outputs.map((fd) => (fd === null ? null : new OutputPipe(sys, fd))),
    }
    streams = made
    const [stdout = null, stderr = null] = made.outputs
    const finish = (): void => {
      made.stdin?.destroy()
      for (const output of made.outputs) output?.finish()
    }
    return { stdin: made.stdin, stdout, stderr, finish }
  }
  const destroy = (): void => {
    for (const fd of ownEnds.splice(0)) if (fd !== null) sys.close(fd)
    streams?.stdin?.destroy()
    for (const output of streams?.outputs ?? []) output?.destroy()
  }
  try {
    for (const [number, stdio] of [io.stdin, io.stdout, io.stderr].entries()) {
      const input = number === 0
      const wanted: Stdio = options.terminal || isRotated(stdio) ? { type: 'ignore' } : stdio
      if (wanted.type === 'pipe') {
        const [readEnd, writeEnd] = sys.pipe()
        childEnds.push(input ? readEnd : writeEnd)
        child.push(input ? readEnd : writeEnd)
        ownEnds.push(input ? writeEnd : readEnd)
        if (options.pipeOwner !== null) fchownSync(readEnd, options.pipeOwner.uid, options.pipeOwner.gid)
        continue
      }
      ownEnds.push(null)
      if (wanted.type === 'fd') {
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
  return { child: child as unknown as readonly [number, number, number], connect, release, destroy }
}
