import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { OutputPipe } from '../../dist/io/output-pipe.js'
import { linuxSyscalls } from '../../dist/sys/linux.js'

const sys = linuxSyscalls()
const MIB = 1024 ** 2

/** A shell script that writes to a pipe, and the pipe's reading end. */
function writer(script: string) {
  const [fd, writeEnd] = sys.pipe()
  const grown: number[] = []
  const child: ChildProcess = spawn('sh', ['-c', script], { stdio: ['ignore', writeEnd, 'ignore'] })
  sys.close(writeEnd)
  const ended = once(child, 'exit')
  const growPipe = (of: number, size: number): void => {
    grown.push(size)
    sys.growPipe(of, size)
  }
  return { fd, grown, child, ended, pipe: new OutputPipe({ growPipe }, fd) }
}

async function sizeAndHash(pipe: AsyncIterable<Buffer>, pause = async (): Promise<void> => {}) {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of pipe) {
    hash.update(chunk)
    size += chunk.length
    await pause()
  }
  return { size, hash: hash.digest('hex') }
}

/** What a descriptor of this process is; null when it is closed. */
function nameOf(fd: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return null
  }
}

/** Every line once, in order: what `seq` writes. */
function lines(count: number): string {
  const text = Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('')
  return createHash('sha256').update(text).digest('hex')
}

describe('a pipe that a process writes to', () => {
  test('a large output arrives whole and in order, at any pace, and its pipe grows once', async () => {
    const wanted = lines(1_000_000)
    const quick = writer('seq 1000000 | dd bs=65536 iflag=fullblock')
    expect((await sizeAndHash(quick.pipe)).hash).toBe(wanted)
    const slow = writer('seq 1000000 | dd bs=65536 iflag=fullblock')
    expect((await sizeAndHash(slow.pipe, () => turn())).hash).toBe(wanted)
    expect(slow.grown).toEqual([262144])
  })

  test('a small output grows nothing', async () => {
    const { pipe, grown } = writer('seq 100000')
    expect((await sizeAndHash(pipe)).hash).toBe(lines(100_000))
    expect(grown).toEqual([])
  })

  test('chunks that are kept stay as they were', async () => {
    const { pipe } = writer(
      'head -c 4000000 /dev/zero; seq 1000; sleep 0.05; seq 1001 200000; head -c 4000000 /dev/zero',
    )
    const chunks: Buffer[] = []
    for await (const chunk of pipe) chunks.push(chunk as Buffer)
    const all = Buffer.concat(chunks)
    expect(createHash('sha256').update(all.subarray(4_000_000, -4_000_000)).digest('hex')).toBe(
      lines(200_000),
    )
    expect(all.subarray(-4_000_000).every((byte) => byte === 0)).toBe(true)
  })

  test('while nobody reads, no more is taken than the stream and the pipe hold, also of a large output', async () => {
    const { pipe, child } = writer('cat /dev/zero')
    let seen = 0
    await new Promise<void>((resolve) => {
      pipe.on('data', (chunk: Buffer) => {
        seen += chunk.length
        if (seen > 8 * MIB) {
          pipe.pause()
          resolve()
        }
      })
    })
    await sleep(20)
    const held = pipe.readableLength
    await sleep(50)
    expect(pipe.readableLength).toBe(held)
    expect(held).toBeLessThanOrEqual(2 * 262144)
    child.kill('SIGKILL')
    pipe.destroy()
  })

  test('finish takes what is left, also of a grown pipe, and closes the descriptor', async () => {
    const { pipe, fd, ended } = writer('head -c 3200000 /dev/zero; seq 10000')
    const name = nameOf(fd)
    expect(name).toMatch(/^pipe:/)
    let seen = 0
    await new Promise<void>((resolve) => {
      pipe.on('data', (chunk: Buffer) => {
        seen += chunk.length
        if (seen > 3 * MIB) {
          pipe.pause()
          resolve()
        }
      })
    })
    await ended
    pipe.finish()
    await turn()
    expect(nameOf(fd)).not.toBe(name)
    pipe.removeAllListeners('data')
    const { size } = await sizeAndHash(pipe)
    expect(seen + size).toBe(3_200_000 + 48_894)
  })
})
