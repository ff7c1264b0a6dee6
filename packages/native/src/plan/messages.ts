/**
 * The messages between Node and the monitor (docs/native-plan.md, "Messages"): frames of a u32 length, a type byte and a
 * payload, little endian.
 */

/** A cleanup step that failed: its index in the plan and the errno. */
export interface CleanupError {
  readonly step: number
  readonly errno: number
}

/** What a `read` step found when the command had ended. */
export interface ReportRead {
  readonly step: number
  /** 0, or why the file could not be read. */
  readonly errno: number
  readonly data: Buffer
}

/** A message of the monitor, told apart by `type`. */
export type MonitorMessage =
  | { readonly type: 'created'; readonly pid: number }
  | {
      readonly type: 'started'
      readonly pid: number
      /** Field 22 of /proc/pid/stat: clock ticks since boot. */
      readonly startTime: bigint
    }
  | {
      readonly type: 'failed'
      /** Index in the plan; -1 when no step was at fault. */
      readonly step: number
      /** OP number; 0 when no step was at fault. */
      readonly op: number
      readonly errno: number
      readonly detail: number
      /** What the step was at, such as a name or a path; may be empty. */
      readonly context: string
      readonly cleanupErrors: readonly CleanupError[]
    }
  | {
      readonly type: 'exited'
      /** Exit code; null when a signal ended it. */
      readonly code: number | null
      /** Signal number; null when it exited. */
      readonly signal: number | null
      readonly coreDumped: boolean
      /** Microseconds. */
      readonly userTimeUs: bigint
      /** Microseconds. */
      readonly systemTimeUs: bigint
      /** Peak resident size of the largest process, KiB. */
      readonly maxRssKiB: bigint
      /** Milliseconds from the start of the command to its end. */
      readonly wallMs: bigint
      /** The monitor sent SIGKILL. */
      readonly killed: boolean
      readonly reads: readonly ReportRead[]
      readonly cleanupErrors: readonly CleanupError[]
    }
  | { readonly type: 'reply'; readonly request: number; readonly errno: number }
  /** The child has done all before its `hold` and waits for the rest. */
  | { readonly type: 'held' }
  /** How many processes the kernel killed for want of memory since the last of these. */
  | { readonly type: 'oom'; readonly kills: number }

const TYPE = { created: 1, started: 2, failed: 3, exited: 4, reply: 5, oom: 6, held: 7 } as const
const COMMAND = { go: 1, kill: 2, abort: 3, killAll: 4, resize: 5 } as const

/** Largest frame taken from a monitor: 1024 reads of 16 KiB are the most that a plan can ask for. */
const MAX_FRAME = 17 * 1024 * 1024

/** Reads values one after the other; every read is within the frame, or the frame is refused. */
class Cursor {
  #offset = 0
  readonly #frame: Buffer

  constructor(frame: Buffer) {
    this.#frame = frame
  }

  #take(size: number): number {
    const at = this.#offset
    if (size > this.#frame.length - at) throw new RangeError('a message of the monitor is too short')
    this.#offset += size
    return at
  }

  u8 = (): number => this.#frame.readUInt8(this.#take(1))
  i32 = (): number => this.#frame.readInt32LE(this.#take(4))
  u32 = (): number => this.#frame.readUInt32LE(this.#take(4))
  u64 = (): bigint => this.#frame.readBigUInt64LE(this.#take(8))

  bytes(): Buffer {
    const size = this.u32()
    const at = this.#take(size)
    return Buffer.from(this.#frame.subarray(at, at + size))
  }

  list<T>(item: () => T): T[] {
    const items: T[] = []
    for (let left = this.u32(); left > 0; left--) items.push(item())
    return items
  }

  end(): void {
    if (this.#offset !== this.#frame.length)
      throw new RangeError('a message of the monitor has bytes left over')
  }
}

/** Reads one frame (type byte and payload, without its length). Throws RangeError when it is malformed. */
export function decodeMessage(frame: Buffer): MonitorMessage {
  const cursor = new Cursor(frame)
  const message = decodePayload(cursor)
  cursor.end()
  return message
}

function decodePayload(c: Cursor): MonitorMessage {
  const type = c.u8()
  const cleanupError = (): CleanupError => ({ step: c.i32(), errno: c.i32() })
  switch (type) {
    case TYPE.created:
      return { type: 'created', pid: c.i32() }
    case TYPE.started:
      return { type: 'started', pid: c.i32(), startTime: c.u64() }
    case TYPE.failed:
      return {
        type: 'failed',
        step: c.i32(),
        op: c.i32(),
        errno: c.i32(),
        detail: c.i32(),
        context: c.bytes().toString('utf8'),
        cleanupErrors: c.list(cleanupError),
      }
    case TYPE.exited: {
      const how = c.i32()
      const value = c.i32()
      return {
        type: 'exited',
        code: how === 1 ? value : null,
        signal: how === 1 ? null : value,
        coreDumped: c.i32() !== 0,
        userTimeUs: c.u64(),
        systemTimeUs: c.u64(),
        maxRssKiB: c.u64(),
        wallMs: c.u64(),
        killed: c.i32() !== 0,
        reads: c.list(() => ({ step: c.i32(), errno: c.i32(), data: c.bytes() })),
        cleanupErrors: c.list(cleanupError),
      }
    }
    case TYPE.reply:
      return { type: 'reply', request: c.u32(), errno: c.i32() }
    case TYPE.held:
      return { type: 'held' }
    case TYPE.oom:
      return { type: 'oom', kills: c.u32() }
    default:
      throw new RangeError(`a message of the monitor has the unknown type ${type}`)
  }
}

/** Takes a byte stream in pieces of any size and gives the messages in it. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** The messages that this piece completes. Throws RangeError when the stream is not one of a monitor. */
  push(chunk: Uint8Array): MonitorMessage[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const messages: MonitorMessage[] = []
    let at = 0
    while (this.#rest.length - at >= 4) {
      const size = this.#rest.readUInt32LE(at)
      if (size === 0 || size > MAX_FRAME)
        throw new RangeError(`a message of the monitor claims ${size} bytes`)
      if (this.#rest.length - at - 4 < size) break
      messages.push(decodeMessage(this.#rest.subarray(at + 4, at + 4 + size)))
      at += 4 + size
    }
    this.#rest = this.#rest.subarray(at)
    return messages
  }

  /** Bytes of a message that is not complete yet: not 0 at the end of the stream means it was cut off. */
  get pending(): number {
    return this.#rest.length
  }
}

function encodeCommand(type: number, ...words: number[]): Buffer {
  const out = Buffer.alloc(5 + 4 * words.length)
  out.writeUInt32LE(1 + 4 * words.length, 0)
  out.writeUInt8(type, 4)
  for (const [index, word] of words.entries()) out.writeInt32LE(word | 0, 5 + 4 * index)
  return out
}

/** Lets the child go on after `created`. */
export const encodeGo = (): Buffer => encodeCommand(COMMAND.go)
/** Ends a start after `created`: the child is killed, `failed` (ECANCELED) follows. */
export const encodeAbort = (): Buffer => encodeCommand(COMMAND.abort)
/** Sends a signal to the child; a `reply` with the same request number follows. */
export const encodeKill = (request: number, signal: number): Buffer =>
  encodeCommand(COMMAND.kill, request, signal)
/** SIGKILL to the child and to everything in its cgroups; a `reply` follows. */
export const encodeKillAll = (request: number): Buffer => encodeCommand(COMMAND.killAll, request)
/** Sets the size of a terminal that the monitor keeps; a `reply` follows, ENOTTY without one. */
export const encodeResize = (request: number, rows: number, columns: number): Buffer =>
  encodeCommand(COMMAND.resize, request, rows, columns)
