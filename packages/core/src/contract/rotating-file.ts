import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import type { Rotation } from './driver.js'

/** A file written to by this process and rotated as `Rotation` says. A piece larger than a whole file is split. */
export class RotatingFile extends Writable {
  readonly #path: string
  readonly #rotation: Rotation
  #fd: number
  #size: number

  constructor(path: string, options: { readonly append: boolean; readonly rotation: Rotation }) {
    super()
    this.#path = path
    this.#rotation = options.rotation
    this.#fd = openSync(path, options.append ? 'a' : 'w')
    this.#size = fstatSync(this.#fd).size
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    try {
      for (let at = 0; at < chunk.length; ) {
        if (this.#size >= this.#rotation.maxSize) this.#rotate()
        const piece = chunk.subarray(at, at + this.#rotation.maxSize - this.#size)
        const written = writeSync(this.#fd, piece)
        this.#size += written
        at += written
      }
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  override _final(done: () => void): void {
    closeSync(this.#fd)
    done()
  }

  #rotate(): void {
    const { maxFiles } = this.#rotation
    rmSync(`${this.#path}.${maxFiles - 1}`, { force: true })
    for (let number = maxFiles - 2; number >= 1; number--)
      rename(`${this.#path}.${number}`, `${this.#path}.${number + 1}`)
    rename(this.#path, `${this.#path}.1`)
    closeSync(this.#fd)
    this.#fd = openSync(this.#path, 'w')
    this.#size = 0
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
