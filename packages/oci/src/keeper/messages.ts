const HEAD = 4
const LARGEST = 4 * 1024 ** 2

/** Strings as one message of the keeper: a length of 32 bits, least byte first, then each string with a NUL after it. */
export function encodeMessage(fields: readonly string[]): Buffer {
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''), 'utf8')
  const head = Buffer.alloc(HEAD)
  head.writeUInt32LE(body.length)
  return Buffer.concat([head, body])
}

/** The strings of what stands between two lengths. */
export function decodeFields(body: Buffer): string[] {
  return body.toString('utf8').split('\0').slice(0, -1)
}

/** Splits what arrives in pieces into messages. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0)

  /** The messages that are whole with this piece. Throws a RangeError for a length that no message has. */
  push(piece: Buffer): string[][] {
    const messages: string[][] = []
    let all = Buffer.concat([this.#rest, piece])
    while (all.length >= HEAD) {
      const size = all.readUInt32LE()
      if (size === 0 || size > LARGEST) throw new RangeError(`a message of ${size} bytes`)
      if (all.length < HEAD + size) break
      messages.push(decodeFields(all.subarray(HEAD, HEAD + size)))
      all = all.subarray(HEAD + size)
    }
    this.#rest = all
    return messages
  }
}
