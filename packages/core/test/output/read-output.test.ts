import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OutputPiece, type OutputPosition, type ReadOutputOptions, readOutput } from '@execd/core'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { RotatingFile } from '../../dist/contract/rotating-file.js'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'execd-output-'))
  path = join(folder, 'out')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function all(options?: ReadOutputOptions): Promise<{ text: string; pieces: OutputPiece[] }> {
  const pieces: OutputPiece[] = []
  for await (const piece of readOutput(path, options)) pieces.push(piece)
  return { text: Buffer.concat(pieces.map(({ data }) => data)).toString(), pieces }
}

function write(text: string, maxSize: number, maxFiles = 100): Promise<void> {
  const file = new RotatingFile(path, { append: true, rotation: { maxSize, maxFiles } })
  return new Promise((resolve, reject) => file.on('error', reject).end(text, () => resolve()))
}

describe('readOutput', () => {
  test('gives all rotated files, oldest first, and a file that is not there yet as empty', async () => {
    expect(await all()).toEqual({ text: '', pieces: [] })
    const text = Array.from({ length: 500 }, (_, line) => `line ${line}\n`).join('')
    await write(text, 64)
    expect((await all()).text).toBe(text)
  })

  test('goes on from a position, also when the file was renamed meanwhile', async () => {
    writeFileSync(path, 'one ')
    const first = await all()
    const position = JSON.parse(JSON.stringify(first.pieces.at(-1)?.position)) as OutputPosition
    appendFileSync(path, 'two ')
    renameSync(path, `${path}.1`)
    writeFileSync(path, 'three')
    const { text, pieces } = await all({ position })
    expect(text).toBe('two three')
    expect(pieces.some(({ gap }) => gap)).toBe(false)
    expect(await all({ position: pieces.at(-1)?.position ?? null })).toEqual({ text: '', pieces: [] })
  })

  test('says when the file of the position is gone', async () => {
    writeFileSync(path, 'one')
    const [first] = (await all()).pieces
    await write('x'.repeat(100), 10, 2)
    rmSync(path)
    writeFileSync(path, 'new')
    const { pieces } = await all({ position: first?.position ?? null })
    expect(pieces[0]?.gap).toBe(true)
    expect(pieces.slice(1).every(({ gap }) => !gap)).toBe(true)
  })

  test('follows what is written and rotated meanwhile, to the end of what it follows', async () => {
    const text = Array.from({ length: 3000 }, (_, line) => `line ${line}\n`).join('')
    let ended = (): void => {}
    const reading = all({ follow: new Promise<void>((resolve) => (ended = resolve)) })
    for (let at = 0; at < text.length; at += 500) {
      await write(text.slice(at, at + 500), 777)
      await new Promise((resolve) => setImmediate(resolve))
    }
    ended()
    expect((await reading).text).toBe(text)
  })

  test('ends at once by its signal, wherever it is', async () => {
    const stop = new AbortController()
    writeFileSync(path, 'x')
    const pieces: string[] = []
    for await (const { data } of readOutput(path, { follow: true, signal: stop.signal })) {
      pieces.push(String(data))
      setTimeout(() => stop.abort(), 10)
    }
    expect(pieces).toEqual(['x'])
    expect((await all({ follow: true, signal: AbortSignal.abort() })).pieces).toEqual([])
  })

  test('throws what the system says of a file that cannot be read, and follows no symbolic link', async () => {
    path = join(folder, 'none', 'out')
    await expect(all()).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
