/** A message of a monitor of LXC. */
export interface MonitorMessage {
  readonly type: 'state' | 'priority' | 'exit-code'
  /** Name of the container. */
  readonly name: string
  /** For "exit-code": the status of wait(2). */
  readonly value: number
}

const NAME_SIZE = 256
/** struct lxc_msg (monitor.h): an enum, the name, an int. */
export const MESSAGE_SIZE = 4 + NAME_SIZE + 4

const TYPES = ['state', 'priority', 'exit-code'] as const

/** Splits what comes through a monitor's FIFO into messages. A writer writes each in one piece, since it is shorter than PIPE_BUF. */
export class MonitorReader {
  #rest = Buffer.alloc(0)

  /** The messages that are whole with this piece; one of an unknown type is left out. */
  push(piece: Buffer): MonitorMessage[] {
    const all = Buffer.concat([this.#rest, piece])
    const count = Math.floor(all.length / MESSAGE_SIZE)
    this.#rest = all.subarray(count * MESSAGE_SIZE)
    return Array.from({ length: count }, (_, index) =>
      all.subarray(index * MESSAGE_SIZE, (index + 1) * MESSAGE_SIZE),
    ).flatMap((message) => {
      const type = TYPES[message.readInt32LE(0)]
      const [name = ''] = message.toString('utf8', 4, 4 + NAME_SIZE).split('\0')
      return type === undefined ? [] : [{ type, name, value: message.readInt32LE(4 + NAME_SIZE) }]
    })
  }
}

/** A status of wait(2) as code or signal. Pure. */
export function decodeStatus(status: number): { code: number | null; signal: number | null } {
  const signal = status & 0x7f
  return signal === 0 ? { code: (status >> 8) & 0xff, signal: null } : { code: null, signal }
}
