import { chmodSync, closeSync, constants, fchmodSync, fchownSync, openSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { type ProcessIO, RotatingFile, type Rotation, type Stdio } from '@execd/core/driver'
import { withoutNullDevice } from '@execd/linux/devices'
import { fileError } from '../errors.js'
import { isRoot } from '../host/user.js'
import type { FifoLot, PipeEnds } from './fifo-stock.js'
import type { Terminal } from './terminal.js'

/** Where pipes come from. */
export interface Pipes {
  readonly fifos: FifoLot
  /** For stdin, where that is a pipe. */
  readonly stdin: PipeEnds | null
}

/** The standard descriptors of a process to be started, and this side of them. */
export interface PreparedStdio {
  readonly child: readonly [number, number, number]
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** What all three are, or null. */
  readonly terminal: Terminal | null
  /** Closes the child's side here, once the process was started or could not be. */
  release(): void
  /** To be called when the tool has ended: resolves when all of the output is readable. */
  finish(): Promise<void>
  /** Closes this side too. */
  destroy(): void
}

/** Lets a user of the host open a nameless pipe again, as /dev/stdout: root gives it away; others let everybody, who would need a descriptor of it. */
function giveTo(pipe: number, owner: number): void {
  if (owner === process.geteuid?.()) return
  if (isRoot()) fchownSync(pipe, owner, -1 >>> 0)
  else fchmodSync(pipe, 0o666)
}

const FILE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOCTTY

function openFile({ path, append }: Extract<Stdio, { type: 'file' }>, input: boolean): number {
  try {
    if (input) return openSync(path, constants.O_RDONLY | constants.O_NOCTTY)
    return openSync(path, FILE_FLAGS | (append ? constants.O_APPEND : constants.O_TRUNC), 0o600)
  } catch (error) {
    throw fileError('EXECD_START_FAILED', `open ${path}`, error)
  }
}

/** Writes a stream to a file that is rotated. Resolves when all is written; what the disk does not take is lost, and the program goes on. */
function intoFile(
  from: Socket,
  path: string,
  options: { append: boolean; rotation: Rotation },
): Promise<void> {
  let file: RotatingFile
  try {
    file = new RotatingFile(path, options)
  } catch (error) {
    from.destroy()
    throw fileError('EXECD_START_FAILED', `open ${path}`, error)
  }
  return new Promise((resolve) => {
    from.on('error', () => file.end()).pipe(file)
    file.once('close', resolve).on('error', () => from.resume())
  })
}

/** The descriptors of a detached container: files, descriptors of this process, or nothing. The caller closes those in `opened`. Throws EXECD_START_FAILED. */
export function keptStdio(
  io: ProcessIO,
  { sink, empty, owner }: { sink: number; empty: string; owner: number },
): { readonly child: PreparedStdio['child']; readonly opened: number[] } {
  const opened: number[] = []
  try {
    giveTo(sink, owner)
    const { stdin, stdout, stderr } = withoutNullDevice(io)
    const child = [stdin, stdout, stderr].map((stdio, number) => {
      if (stdio.type === 'fd') return stdio.fd
      if (stdio.type !== 'file' && number > 0) return sink
      if (stdio.type !== 'file') writeFileSync(empty, '', { mode: 0o444 })
      const path = stdio.type === 'file' ? stdio.path : empty
      const append = stdio.type === 'file' && stdio.append
      const fd = openFile({ type: 'file', path, append, rotate: null }, number === 0)
      opened.push(fd)
      return fd
    })
    return { child: child as unknown as PreparedStdio['child'], opened }
  } catch (error) {
    for (const fd of opened) closeSync(fd)
    throw error
  }
}

/**
 * Opens what the descriptors are to be. "ignore" is never the host's /dev/null, whose mode root in the container could change: an empty file of the container's own at
 * `empty` for stdin, a pipe that is read here for the others. `owner` is the process's user on the host. Throws EXECD_START_FAILED.
 */
export function prepareStdio(pipes: Pipes, io: ProcessIO, owner: number, empty: string): PreparedStdio {
  const own: number[] = []
  const child: number[] = []
  const streams: Array<Socket | null> = []
  const files: Array<Promise<void>> = []
  const release = (): void => {
    for (const fd of own.splice(0)) closeSync(fd)
  }
  const destroy = (): void => {
    for (const stream of streams) stream?.destroy()
  }
  const pipe = (input: boolean): Socket => {
    const { read, write } = input && pipes.stdin !== null ? pipes.stdin : pipes.fifos.takePipe()
    const [theirs, ours] = input ? [read, write] : [write, read]
    own.push(theirs)
    child.push(theirs)
    giveTo(theirs, owner)
    return new Socket({ fd: ours, readable: !input, writable: input })
  }
  try {
    const { stdin, stdout, stderr } = withoutNullDevice(io)
    for (const [number, stdio] of [stdin, stdout, stderr].entries()) {
      const input = number === 0
      if (stdio.type === 'pipe') streams.push(pipe(input))
      else if (stdio.type === 'fd') {
        child.push(stdio.fd)
        streams.push(null)
      } else if (stdio.type === 'file' && stdio.rotate !== null) {
        files.push(intoFile(pipe(false), stdio.path, { append: stdio.append, rotation: stdio.rotate }))
        streams.push(null)
      } else if (stdio.type === 'file') {
        const fd = openFile(stdio, input)
        own.push(fd)
        child.push(fd)
        streams.push(null)
      } else if (input) {
        writeFileSync(empty, '')
        chmodSync(empty, 0o444)
        const fd = openFile({ type: 'file', path: empty, append: false, rotate: null }, true)
        own.push(fd)
        child.push(fd)
        streams.push(null)
      } else {
        pipe(false)
          .on('error', () => {})
          .resume()
        streams.push(null)
      }
    }
  } catch (error) {
    destroy()
    release()
    throw error
  }
  const [stdin = null, stdout = null, stderr = null] = streams
  return {
    child: child as unknown as PreparedStdio['child'],
    stdin,
    stdout,
    stderr,
    terminal: null,
    release,
    finish: async () => void (await Promise.all(files)), // each stream is at its end when the tool is
    destroy,
  }
}

/**
 * A terminal as the standard descriptors: with `forTool` of a tool that is to be started. What is "ignore" is not shown to the user; output that nobody reads is thrown
 * away.
 */
export function terminalStdio(terminal: Terminal, io: ProcessIO, forTool: boolean): PreparedStdio {
  const slaves = forTool ? [terminal.openSlave()] : []
  const [fd = -1] = slaves
  if (io.stdout.type !== 'pipe') terminal.stdout.resume()
  return {
    child: [fd, fd, fd],
    stdin: io.stdin.type === 'pipe' ? terminal.stdin : null,
    stdout: io.stdout.type === 'pipe' ? terminal.stdout : null,
    stderr: null,
    terminal,
    release() {
      for (const one of slaves.splice(0)) closeSync(one)
    },
    finish: () => terminal.finish(),
    destroy: () => terminal.destroy(),
  }
}
