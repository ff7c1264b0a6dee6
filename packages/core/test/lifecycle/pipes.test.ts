import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createRuntime, type Runtime } from '@execd/core'
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { SpawnDriver } from './spawn-driver.js'
import { pause } from './support.js'

const MIB = 1024 ** 2
const folder = mkdtempSync(join(tmpdir(), 'execd-pipes-'))
afterAll(() => rmSync(folder, { recursive: true }))

let runtime: Runtime
beforeEach(async () => {
  runtime = await createRuntime({ driver: new SpawnDriver() })
})
afterEach(() => runtime.close())

const sh = (script: string) => ({
  rootfs: { type: 'host' as const },
  process: { args: ['sh', '-c', script] },
})

describe('over real pipes', () => {
  test('all output is there although the exit is reported before it was read', async () => {
    for (let count = 0; count < 10; count++) {
      const result = await runtime.run(sh('head -c 65536 /dev/zero | tr "\\0" x; printf err >&2; exit 7'))
      expect([result.stdout.length, result.stderr, result.exitCode]).toEqual([65536, 'err', 7])
    }
  })

  test('a flood goes through in bounded memory and leaves its tail', async () => {
    const before = process.memoryUsage()
    let peak = 0
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, 5)
    const result = await runtime.run(sh('head -c 150000000 /dev/zero; printf end'), { maxOutput: '1MiB' })
    clearInterval(watch)
    expect(result.stdout.endsWith('\0end')).toBe(true)
    expect(result.stdout).toHaveLength(MIB)
    expect(result.truncated.stdout).toBe(150_000_003 - MIB)
    expect(peak - before.rss).toBeLessThan(120 * MIB) // of 143
  })

  test('a flood that nobody reads stops the program, not this process', async () => {
    const container = await runtime.start(sh('head -c 100000000 /dev/zero'))
    const before = process.memoryUsage().rss
    await pause(150)
    expect(container.status).toBe('running')
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * MIB)
    expect((await container.terminate()).signal).toBe('SIGKILL')
  })

  test('a program that does not read its input', async () => {
    const text = 'x'.repeat(5_000_000)
    expect((await runtime.run(sh('exit 0'), { input: text })).ok).toBe(true)
    expect((await runtime.run(sh('exec 0<&-; sleep 0.05'), { input: text })).ok).toBe(true)
    expect((await runtime.run(sh('head -c 3'), { input: text })).stdout).toBe('xxx')
    const source = new PassThrough()
    source.write(text)
    expect((await runtime.run(sh('exit 4'), { input: source })).exitCode).toBe(4)
    expect(source.destroyed).toBe(true)
  })

  test('input from a file, larger than any buffer', async () => {
    const file = join(folder, 'large')
    writeFileSync(file, Buffer.alloc(3_000_000, 'y'))
    const result = await runtime.run(sh('wc -c'), { input: createReadStream(file) })
    expect(result.stdout.trim()).toBe('3000000')
  })

  test('a file that is not there ends the run instead of being an empty input', async () => {
    const result = await runtime.run(sh('cat; sleep 30'), { input: createReadStream(join(folder, 'absent')) })
    expect(result).toMatchObject({ reason: 'aborted', abortReason: { code: 'ENOENT' } })
  })
})
