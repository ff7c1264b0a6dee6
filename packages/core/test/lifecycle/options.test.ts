import type { RunOptions, StartOptions } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, rejection, runtimeOf } from './support.js'

describe('options', () => {
  test.each<[Record<string, unknown>, string, RegExp]>([
    [{ timeout: 'soon' }, 'timeout', /a time, as milliseconds or as text/],
    [{ timeout: 0 }, 'timeout', /more than 0; leave it out for none/],
    [{ timeout: -1 }, 'timeout', /at least 0/],
    [{ signal: {} }, 'signal', /an AbortSignal/],
    [{ gracePeriod: '5' }, 'gracePeriod', /a time/],
    [{ killSignal: 'SIGINT' }, 'killSignal', /only together with a `gracePeriod`/],
    [{ killSignal: 'INT', gracePeriod: 1 }, 'killSignal', /a name such as "SIGTERM"/],
    [{ input: 5 }, 'input', /text, bytes or a Readable/],
    [{ input: 'x', stdio: 'inherit' }, 'input', /only with stdin as "pipe"/],
    [{ input: 'x', stdio: { stdin: { file: 'y' } } }, 'input', /only with stdin as "pipe"/],
    [{ maxOutput: 'lots' }, 'maxOutput', /a size in bytes/],
    [{ maxOutput: -1 }, 'maxOutput', /at least 0/],
    [{ onOutputLimit: 'stop' }, 'onOutputLimit', /one of "truncate", "kill"/],
    [{ encoding: 'hex' }, 'encoding', /one of "utf8", "buffer"/],
    [{ hooks: { prestart: 'x' } }, 'hooks.prestart', /a function/],
    [{ hooks: { prestop: () => {} } }, 'hooks.prestop', /no field of this name/],
    [{ stdio: 'pipes' }, 'stdio', /"pipe", "ignore", "inherit", or an object/],
    [{ stdio: { stdout: { path: 'x' } } }, 'stdio.stdout.path', /no field of this name/],
    [{ stdio: { stderr: { fd: -1 } } }, 'stdio.stderr.fd', /0/],
    [{ stdio: { stderr: { file: 'x', maxSize: 5 } } }, 'stdio.stderr.maxSize', /at least 4KiB/],
    [{ stdio: { stderr: { file: 'x', maxSize: '1MiB', maxFiles: 1 } } }, 'stdio.stderr.maxFiles', /2/],
    [{ resources: { pids: { limit: 5 } } }, 'resources', /no field of this name/],
    [{ skipUnsupported: 'init' }, 'skipUnsupported', /array/],
    [{ detached: true }, 'detached', /no field of this name/],
    [{ timeOut: 5 }, 'timeOut', /did you mean "timeout"/],
  ])('run refuses %p', async (options, path, message) => {
    const runtime = await runtimeOf({ act: FOREVER })
    const error = await rejection('EXECD_INVALID_OPTION', runtime.run(command('act'), options as RunOptions))
    expect(error.message).toMatch(message)
    const { problems = [error.details] } = error.details
    expect(problems.map((problem) => problem.path)).toContain(path)
    expect(runtime.list()).toEqual([])
  })

  test('all problems are named at once', async () => {
    const runtime = await runtimeOf({})
    const options = { timeout: 'soon', maxOutput: 'lots', colour: 1 } as RunOptions
    const error = await rejection('EXECD_INVALID_OPTION', runtime.run(command('x'), options))
    expect(error.details.problems?.map(({ path }) => path).sort()).toEqual(['colour', 'maxOutput', 'timeout'])
  })

  test('what cannot be: no object, options of run for start', async () => {
    const runtime = await runtimeOf({})
    await rejection('EXECD_INVALID_OPTION', runtime.run(command('x'), 5 as RunOptions))
    await rejection('EXECD_INVALID_OPTION', runtime.start(command('x'), { input: 'x' } as StartOptions))
  })

  test.each<[StartOptions['stdio'], boolean, RegExp]>([
    ['inherit', false, /stdio.stdin: wanted "pipe" or "ignore" for a process with a terminal/],
    [
      { stdout: { file: 'x' } },
      false,
      /stdio.stdout: wanted "pipe" or "ignore" for a process with a terminal/,
    ],
    ['pipe', true, /stdio.stdin: wanted no pipe for a detached container/],
    [
      { stdin: { file: 'x', maxSize: '1MiB' } },
      true,
      /stdio.stdin: wanted no maxSize and no maxFiles for input/,
    ],
    [
      { stdout: { file: 'x', maxFiles: 3 } },
      true,
      /stdio.stdout: wanted maxFiles only together with maxSize/,
    ],
  ])('stdio %p that its process cannot have', async (stdio, detached, message) => {
    const runtime = await runtimeOf({})
    const given = { rootfs: { type: 'host' as const }, process: { args: ['x'], terminal: !detached } }
    const error = await rejection('EXECD_INVALID_OPTION', runtime.start(given, { stdio, detached }))
    expect(error.message).toMatch(message)
  })

  test('undefined is as left out', async () => {
    const runtime = await runtimeOf({ act: { stdout: 'x' } })
    const options = {
      timeout: undefined,
      signal: undefined,
      input: undefined,
      maxOutput: undefined,
      stdio: undefined,
    }
    expect((await runtime.run(command('act'), options)).stdout).toBe('x')
  })
})
