import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandInput, ExecdError } from '@execd/core'
import { afterAll, describe, expect, test } from '@jest/globals'
import { command, FOREVER, notingHooks, rejection, runtimeOf } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'execd-hooks-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Programs = NonNullable<CommandInput['hooks']>

const shell = (script: string, more: { env?: Record<string, string>; timeout?: string } = {}) => ({
  path: '/bin/sh',
  args: ['sh', '-c', script],
  ...more,
})

describe('hook functions', () => {
  test('are called in order, each once, with the state; poststop after everything', async () => {
    const runtime = await runtimeOf({ act: { runs: 10 } })
    const notes: string[] = []
    runtime.on('exit', () => notes.push('exit event'))
    await runtime.run(command('act'), { hooks: notingHooks(notes) })
    expect(notes).toEqual(['prestart creating', 'poststart running', 'poststop stopped', 'exit event'])
  })

  test('poststop waits for poststart, however quickly the program ends', async () => {
    const runtime = await runtimeOf({ act: {} })
    const notes: string[] = []
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      notes.push('poststart')
    }
    await runtime.run(command('act'), { hooks: { poststart: slow, poststop: () => notes.push('poststop') } })
    expect(notes).toEqual(['poststart', 'poststop'])
  })

  test('what prestart throws stops the start; poststop is called', async () => {
    const runtime = await runtimeOf({ act: {} })
    const notes: string[] = []
    const cause = new Error('not today')
    const prestart = () => {
      throw cause
    }
    const start = runtime.run(command('act', { id: 'x' }), { hooks: { ...notingHooks(notes), prestart } })
    const error = await rejection('EXECD_HOOK_FAILED', start)
    expect(error.message).toBe('the prestart hook threw: not today')
    expect(error.cause).toBe(cause)
    expect(error.details).toMatchObject({ step: 'prestart', container: 'x' })
    expect(notes).toEqual(['poststop stopped'])
  })

  test('poststop is called when the start fails after prestart, and not when nothing began', async () => {
    const runtime = await runtimeOf({ act: { startError: new ExecdError('EXECD_START_FAILED', 'no') } })
    const notes: string[] = []
    const { prestart, poststop } = notingHooks(notes)
    await rejection('EXECD_START_FAILED', runtime.run(command('act'), { hooks: { prestart, poststop } }))
    expect(notes).toEqual(['prestart creating', 'poststop stopped'])
    notes.length = 0
    await rejection('EXECD_START_FAILED', runtime.run(command('act'), { hooks: { poststop } }))
    expect(notes).toEqual([])
  })

  test('what poststart and poststop throw is reported and changes nothing', async () => {
    const runtime = await runtimeOf({ act: { exitCode: 3 } })
    const events: string[] = []
    runtime.on('hookError', (id, error) => events.push(`${id} ${error.details.step}`))
    const fail = (what: string) => async () => {
      throw new Error(what)
    }
    const hooks = { poststart: fail('one'), poststop: fail('two') }
    const result = await runtime.run(command('act', { id: 'x' }), { hooks })
    expect(result).toMatchObject({ reason: 'exited', exitCode: 3 })
    expect(result.hookErrors.map(({ message }) => message)).toEqual([
      'the poststart hook threw: one',
      'the poststop hook threw: two',
    ])
    expect(events).toEqual(['x poststart', 'x poststop'])
  })

  test('start gives the container when poststart is done', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const notes: string[] = []
    const container = await runtime.start(command('act'), { hooks: notingHooks(notes) })
    expect(notes).toEqual(['prestart creating', 'poststart running'])
    await container.terminate()
    expect(notes).toEqual(['prestart creating', 'poststart running', 'poststop stopped'])
  })

  test('prestart needs a driver that has it', async () => {
    const capabilities = { verbs: { prestart: { reason: 'starts in one go' } } }
    const runtime = await runtimeOf({ act: {} }, { capabilities })
    const hooks = { prestart: () => {} }
    const error = await rejection('EXECD_UNSUPPORTED', runtime.run(command('act'), { hooks }))
    expect(error.message).toContain('starts in one go')
    const programs = command('act', { hooks: { prestart: [shell('true')] } })
    expect((await rejection('EXECD_UNSUPPORTED', runtime.run(programs))).message).toContain(
      'starts in one go',
    )
    expect((await runtime.run(command('act'), { hooks: { poststop: () => {} } })).ok).toBe(true)
  })
})

describe('hook programs', () => {
  const run = async (
    hooks: Programs,
    more: Parameters<Awaited<ReturnType<typeof runtimeOf>>['run']>[1] = {},
  ) => {
    const runtime = await runtimeOf({ act: { exitCode: 5 } })
    return runtime.run(command('act', { id: 'x', labels: { a: 'b' }, hooks }), more)
  }

  test('get the OCI state on stdin, and exactly their environment', async () => {
    const file = (name: string) => join(folder, name)
    const note = (name: string) =>
      shell(`cat > ${file(name)}; env > ${file(`${name}.env`)}`, {
        env: { PATH: '/bin:/usr/bin', ONLY: 'this' },
      })
    const result = await run({
      prestart: [note('pre')],
      poststart: [note('start')],
      poststop: [note('stop')],
    })
    expect(result.hookErrors).toEqual([])
    const read = (name: string) => JSON.parse(readFileSync(file(name), 'utf8')) as Record<string, unknown>
    expect(read('pre')).toMatchObject({
      ociVersion: '1.2.0',
      id: 'x',
      status: 'creating',
      annotations: { a: 'b' },
    })
    expect(read('start')).toMatchObject({ id: 'x', status: 'running', pid: read('pre').pid })
    expect(read('stop')).toMatchObject({ id: 'x', status: 'stopped', pid: 0 })
    const names = readFileSync(file('pre.env'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
    // PWD, _ and the like are the shell's own.
    expect(names).toEqual(expect.arrayContaining(['PATH', 'ONLY']))
    expect(
      names.filter((name) => !['PATH', 'ONLY', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? '')),
    ).toEqual([])
  })

  test('come before the functions of the same phase, one after the other', async () => {
    const log = join(folder, 'log')
    writeFileSync(log, '')
    let seen = ''
    const prestart = () => {
      seen = readFileSync(log, 'utf8')
    }
    await run(
      { prestart: [shell(`sleep 0.05; echo 1 >> ${log}`), shell(`echo 2 >> ${log}`)] },
      { hooks: { prestart } },
    )
    expect(seen).toBe('1\n2\n')
  })

  test.each<[string, string, RegExp]>([
    [
      'exit code and stderr',
      'echo "no luck" >&2; exit 3',
      /prestart hook \/bin\/sh failed: exit code 3: no luck$/,
    ],
    ['a signal', 'kill -9 $$', /failed: signal SIGKILL$/],
  ])('a failure in prestart stops the start: %s', async (_name, script, message) => {
    const error = await rejection('EXECD_HOOK_FAILED', run({ prestart: [shell(script)] }))
    expect(error.message).toMatch(message)
    expect(error.details).toMatchObject({ step: 'prestart', program: '/bin/sh' })
  })

  test('a program that is not there', async () => {
    const error = await rejection('EXECD_HOOK_FAILED', run({ prestart: [{ path: '/nonexistent/program' }] }))
    expect(error.message).toMatch(/hook \/nonexistent\/program failed: .*ENOENT/)
  })

  test('a program over its time is killed with its children', async () => {
    const begun = performance.now()
    const error = await rejection(
      'EXECD_HOOK_FAILED',
      run({ prestart: [shell('sleep 30; true', { timeout: '100ms' })] }),
    )
    expect(error.message).toContain('it did not end within 100 ms')
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  test('a child that it leaves behind does not hold it up', async () => {
    const begun = performance.now()
    expect((await run({ prestart: [shell('sleep 5 & exit 0')] })).exitCode).toBe(5)
    expect(performance.now() - begun).toBeLessThan(4000)
  })

  test('an abort kills the program', async () => {
    const begun = performance.now()
    await rejection('EXECD_TIMEOUT', run({ prestart: [shell('sleep 30')] }, { timeout: 100 }))
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  test('a failure after the start is reported and changes nothing', async () => {
    const result = await run({ poststart: [shell('exit 1')], poststop: [shell('exit 2')] })
    expect(result.exitCode).toBe(5)
    expect(result.hookErrors.map(({ message }) => message)).toEqual([
      'poststart hook /bin/sh failed: exit code 1',
      'poststop hook /bin/sh failed: exit code 2',
    ])
  })

  test('a program that does not read its stdin is fine', async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`label-${index}`, 'x'.repeat(50)]),
    )
    const runtime = await runtimeOf({ act: {} })
    const result = await runtime.run(command('act', { labels, hooks: { poststart: [shell('exec true')] } }))
    expect(result.hookErrors).toEqual([])
  })
})
