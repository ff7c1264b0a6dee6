import type { Readable } from 'node:stream'
import { until } from './wait.js'

/** Everything that a stream gives, as it comes. */
export interface Reading {
  readonly text: string
  readonly bytes: number
  /** Resolves with everything when the stream has ended. */
  readonly ended: Promise<string>
  /** Resolves when the text has appeared. */
  seen(text: string, milliseconds?: number): Promise<void>
}

/** Reads a stream from now on. */
export function reading(stream: Readable | null): Reading {
  if (stream === null) throw new Error('the stream is null though it was asked for as a pipe')
  let text = ''
  let bytes = 0
  const ended = new Promise<string>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      bytes += chunk.length
    })
    stream.once('close', () => resolve(text))
    stream.on('error', () => {})
  })
  return {
    get text() {
      return text
    },
    get bytes() {
      return bytes
    },
    ended,
    seen: async (wanted, milliseconds) =>
      void (await until(
        `${JSON.stringify(wanted)} in the output`,
        () => text.includes(wanted),
        milliseconds,
      )),
  }
}
