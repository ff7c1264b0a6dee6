import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { ExecdError, type RunOptions } from '@execd/core'
import { afterAll, describe, expect, test } from '@jest/globals'
import { command, FOREVER, rejection, runtimeOf } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'execd-run-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('run: the verdict', () => {
  test('exit code, both outputs, usage', async () => {
    const runtime = await runtimeOf({ act: { stdout: 'out', stderr: 'err', exitCode: 3, runs: 5 } })
    const result = await runtime.run(command('act', { id: 'mine' }))
    expect(result).toMatchObject({
      id: 'mine',
      reason: 'exited',
      ok: false,
      exitCode: 3,
      signal: null,
      oom: null,
      stdout: 'out',
      stderr: 'err',
      truncated: { stdout: 0, stderr: 0 },
      skipped: [],
      cleanup: [],
      hookErrors: [],
    })
    expect(result.usage.wall).toBeGreaterThan(3)
    expect((await runtime.run(command('nothing'))).ok).toBe(true)
  })

  test('a signal, oom, lost, and what could not be cleaned', async () => {
    const runtime = await runtimeOf({
      segv: { signal: 'SIGSEGV' },
      oom: { signal: 'SIGKILL', oom: { kills: 1, init: true }, oomEvents: 1 },
      child: { exitCode: 137, oom: { kills: 2, init: false } },
      lost: { lost: true, cleanup: [{ step: 'rmdir', errno: 'EBUSY' }] },
    })
    const events: string[] = []
    runtime.on('oom', (container) => events.push(container.id))
    const run = (act: string) => runtime.run(command(act, { id: act }))
    expect(await run('segv')).toMatchObject({
      reason: 'signaled',
      exitCode: null,
      signal: 'SIGSEGV',
      ok: false,
    })
    expect(await run('oom')).toMatchObject({
      reason: 'oom',
      signal: 'SIGKILL',
      oom: { kills: 1, init: true },
    })
    expect(await run('child')).toMatchObject({
      reason: 'exited',
      exitCode: 137,
      oom: { kills: 2, init: false },
    })
    expect(await run('lost')).toMatchObject({ reason: 'lost', cleanup: [{ step: 'rmdir', errno: 'EBUSY' }] })
    expect(events).toEqual(['oom'])
  })

  test('rejects with the error of the driver when it could not start, and frees the id', async () => {
    const startError = new ExecdError('EXECD_PROGRAM_NOT_FOUND', 'nope', { details: { exitCode: 127 } })
    const runtime = await runtimeOf({
      absent: { startError },
      foreign: { startError: new TypeError('oops') },
    })
    expect(await rejection('EXECD_PROGRAM_NOT_FOUND', runtime.run(command('absent', { id: 'a' })))).toBe(
      startError,
    )
    const wrapped = await rejection('EXECD_INTERNAL', runtime.run(command('foreign', { id: 'a' })))
    expect(wrapped.message).toContain('oops')
    expect(wrapped.details.driver).toBe('noop')
    expect((await runtime.run(command('fine', { id: 'a' }))).ok).toBe(true)
    expect(runtime.list()).toEqual([])
  })

  test('rejects a command that breaks the schema', async () => {
    const runtime = await runtimeOf({})
    const error = await rejection(
      'EXECD_INVALID_COMMAND',
      runtime.run({ rootfs: 'x', process: { args: [] } }),
    )
    expect(error.details.problems?.map(({ path }) => path)).toEqual(['rootfs', 'process.args'])
  })
})

describe('run: output', () => {
  const big = 'x'.repeat(1000)

  test('keeps the tail of each stream and counts what was cut', async () => {
    const runtime = await runtimeOf({ act: { stdout: [big, 'the end'], stderr: 'short' } })
    const result = await runtime.run(command('act'), { maxOutput: 7 })
    expect(result).toMatchObject({
      reason: 'exited',
      stdout: 'the end',
      truncated: { stdout: 1000, stderr: 0 },
    })
  })

  test('never starts in the middle of a character', async () => {
    const runtime = await runtimeOf({ act: { stdout: 'ää' } })
    expect(await runtime.run(command('act'), { maxOutput: 3 })).toMatchObject({
      stdout: 'ä',
      truncated: { stdout: 2 },
    })
  })

  test('"kill" ends the run at the limit', async () => {
    const endless = async function* () {
      for (;;) yield big
    }
    const runtime = await runtimeOf({ act: { stdout: endless() } })
    const result = await runtime.run(command('act'), { maxOutput: '4KiB', onOutputLimit: 'kill' })
    expect(result).toMatchObject({ reason: 'output-limit', ok: false, signal: 'SIGKILL' })
    expect(result.stdout).toHaveLength(4096)
    expect(result.truncated.stdout).toBeGreaterThan(0)
  })

  test('as Buffers, whatever the bytes', async () => {
    const bytes = Buffer.of(0, 255, 128, 10)
    const runtime = await runtimeOf({ act: { stdout: bytes } })
    const result = await runtime.run(command('act'), { encoding: 'buffer' })
    expect(result.stdout.equals(bytes)).toBe(true)
    expect(result.stderr).toHaveLength(0)
  })

  test('all of it is there when the program has written more than pipes hold', async () => {
    const runtime = await runtimeOf({ act: { stdout: Array.from({ length: 3000 }, () => big) } })
    expect((await runtime.run(command('act'))).stdout).toHaveLength(3_000_000)
  })

  test('goes to a file or a descriptor, and is then not collected', async () => {
    const runtime = await runtimeOf({ act: { stdout: 'to the file\n', stderr: 'to the descriptor' } })
    const [file, other] = [join(folder, 'out'), join(folder, 'err')]
    const stream = createWriteStream(other)
    const fd = await new Promise<number>((resolve) => stream.once('open', resolve))
    const options: RunOptions = { stdio: { stdout: { file, append: true }, stderr: { fd } } }
    const result = await runtime.run(command('act'), options)
    await runtime.run(command('act'), options)
    stream.destroy()
    expect(result).toMatchObject({ stdout: '', stderr: '', ok: true })
    expect(readFileSync(file, 'utf8')).toBe('to the file\nto the file\n')
    expect(readFileSync(other, 'utf8')).toContain('to the descriptor')
  })
})

describe('run: input', () => {
  const cat = { cat: { echo: true }, deaf: { runs: 20 }, stuck: { ...FOREVER, echo: false } }

  test.each<[string, () => RunOptions['input'], string]>([
    ['text', () => 'häää', 'häää'],
    ['bytes', () => new Uint8Array([104, 105]), 'hi'],
    ['a stream', () => Readable.from(['one ', 'two']), 'one two'],
    ['nothing', () => null, ''],
    ['an empty text', () => '', ''],
  ])('%s', async (_name, input, wanted) => {
    const runtime = await runtimeOf(cat)
    expect((await runtime.run(command('cat'), { input: input() })).stdout).toBe(wanted)
  })

  test('stdin is empty without input, also as an explicit pipe', async () => {
    const runtime = await runtimeOf(cat)
    expect((await runtime.run(command('cat'), { stdio: 'pipe' })).stdout).toBe('')
  })

  test('a file as stdin', async () => {
    const file = join(folder, 'in')
    writeFileSync(file, 'from the file')
    const runtime = await runtimeOf(cat)
    expect((await runtime.run(command('cat'), { stdio: { stdin: { file } } })).stdout).toBe('from the file')
  })

  test('a program that does not read it is no error, and the stream is let go', async () => {
    const runtime = await runtimeOf(cat)
    const source = new PassThrough()
    source.write('never read')
    const result = await runtime.run(command('deaf'), { input: source })
    expect(result.ok).toBe(true)
    expect(source.destroyed).toBe(true)
    expect((await runtime.run(command('deaf'), { input: 'x'.repeat(10_000_000) })).ok).toBe(true)
  })

  test.each<[string, (source: PassThrough, error: Error) => void]>([
    ['breaks', (source, error) => source.destroy(error)],
    ['is closed early', (source) => source.destroy()],
  ])('a stream that %s ends the run: half of an input is not the whole', async (_name, act) => {
    const runtime = await runtimeOf({ cat: { echo: true, ...FOREVER } })
    const source = new PassThrough()
    source.write('half')
    const error = new Error('broken')
    setTimeout(() => act(source, error), 10)
    const result = await runtime.run(command('cat'), { input: source })
    expect(result).toMatchObject({ reason: 'aborted', stdout: 'half' })
    expect(String(result.abortReason)).toMatch(/broken|closed before its end/)
  })

  test('a stream that was destroyed before ends the run', async () => {
    const runtime = await runtimeOf({ cat: { echo: true, ...FOREVER } })
    const source = new PassThrough()
    source.destroy()
    expect(await runtime.run(command('cat'), { input: source })).toMatchObject({ reason: 'aborted' })
  })

  test('stays untouched when the start fails', async () => {
    const runtime = await runtimeOf({ act: { startError: new ExecdError('EXECD_ROOTFS', 'no') } })
    const source = Readable.from(['a'])
    await rejection('EXECD_ROOTFS', runtime.run(command('act'), { input: source }))
    expect(source.destroyed).toBe(false)
    expect(source.listenerCount('error')).toBe(0)
  })
})

describe('run: what the driver cannot do', () => {
  const capabilities = {
    fields: { 'process.noNewPrivileges': { reason: 'no prctl here', hint: 'use another' } },
    verbs: { exec: { reason: 'no joining here' } },
  }

  test('is refused with the reason, or skipped where that is allowed', async () => {
    const runtime = await runtimeOf({ act: FOREVER }, { capabilities })
    const error = await rejection('EXECD_UNSUPPORTED', runtime.run(command('act')))
    expect(error.message).toContain('no prctl here')
    const skipUnsupported = ['process.noNewPrivileges']
    const container = await runtime.start(command('act'), { skipUnsupported })
    expect(container.command.process.noNewPrivileges).toBe(false)
    const refused = await rejection('EXECD_UNSUPPORTED', container.exec({ args: ['x'] }))
    expect(refused.message).toContain('no joining here')
    expect((await container.terminate()).skipped).toEqual(skipUnsupported)
  })
})
