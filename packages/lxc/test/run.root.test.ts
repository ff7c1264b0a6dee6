import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RunOptions } from '@execd/core'
import { requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { containers } from './support/container.js'

const { describe, test } = requires('root', 'lxc', 'busybox')

describe('running a command', () => {
  const { rootfs, run, shell } = containers()

  test.each([0, 1, 2, 126, 127, 137, 255].map((value) => [value] as const))('exit code %i', async (code) => {
    expect(await shell(`exit ${code}`)).toMatchObject({
      reason: 'exited',
      exitCode: code,
      signal: null,
      cleanup: [],
    })
  })

  test.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'].map((value) => [value] as const))(
    'killed by %s in the pid namespace of the host',
    async (signal) => {
      expect(
        await shell(`kill -${signal.slice(3)} $$; sleep 5`, { namespaces: { pid: 'host' } }),
      ).toMatchObject({ reason: 'signaled', signal, exitCode: null })
    },
  )

  test("root inside cannot change the host's null device through its descriptors", async () => {
    // another node of the device: a failure here must not take the real one from every user of the host
    const file = join(rootfs, 'null')
    execFileSync('mknod', ['-m', '666', file, 'c', '1', '3'])
    const fd = openSync(file, 'r+')
    try {
      const script = 'for n in 0 1 2; do chmod 640 /proc/self/fd/$n; chown 5 /proc/self/fd/$n; done; exit 3'
      for (const stdin of [{ file }, { fd }]) {
        const stdio = { stdin, stdout: { file }, stderr: { fd } } as const
        expect(await shell(script, {}, {}, { stdio })).toMatchObject({ exitCode: 3 })
      }
      expect(statSync(file)).toMatchObject({ mode: 0o20666, uid: 0 })
    } finally {
      closeSync(fd)
      rmSync(file)
    }
  })

  test('arguments, environment and streams arrive as they are', async () => {
    const env = { A: '"1  2" \'3\' # \\n', LEAD: ' x', EMPTY: '', U: 'ü' }
    const result = await shell(
      'env; for a in "$@"; do echo "[$a]"; done; cat; echo oops >&2',
      {},
      {
        args: [
          'sh',
          '-c',
          'env; for a in "$@"; do echo "[$a]"; done; cat; echo oops >&2',
          'x',
          '',
          'a b',
          '*',
          '--',
          'ü',
          'two\nlines',
        ],
        env,
      },
      { input: 'typed' },
    )
    const lines = String(result.stdout).split('\n')
    for (const [name, value] of Object.entries(env)) expect(lines).toContain(`${name}=${value}`)
    expect(
      lines
        .filter((entry) => /^\w+=/.test(entry))
        .map((entry) => entry.split('=')[0])
        .sort(),
    ).toEqual(['A', 'EMPTY', 'HOME', 'LEAD', 'PATH', 'PWD', 'SHLVL', 'U', 'container'])
    expect(String(result.stdout)).toContain('[]\n[a b]\n[*]\n[--]\n[ü]\n[two\nlines]\ntyped')
    expect(result.stderr).toBe('oops\n')
  })

  test('the standard streams are pipes that can be opened again, by the user too', async () => {
    const result = await shell(
      'echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin',
      {},
      { user: 'bob' },
      { input: 'in' },
    )
    expect(result).toMatchObject({ stdout: 'out\nin', stderr: 'err\n', exitCode: 0 })
  })

  test('a value with a line break is refused, not cut', async () => {
    await expect(
      run(['env'], {}, { env: { X: 'a\nlxc.hook.start-host = /bin/false' } }),
    ).rejects.toMatchObject({ code: 'EXECD_UNSUPPORTED' })
    await expect(run(['a\nb'])).rejects.toMatchObject({ code: 'EXECD_UNSUPPORTED' })
  })

  test.each<[string, string, number]>([
    ['not-there', 'EXECD_PROGRAM_NOT_FOUND', 127],
    ['/bin/not-there', 'EXECD_PROGRAM_NOT_FOUND', 127],
    ['/etc/passwd', 'EXECD_PROGRAM_NOT_EXECUTABLE', 126],
    ['/data', 'EXECD_PROGRAM_NOT_EXECUTABLE', 126],
  ])('the program %j fails with %s', async (program, code, exitCode) => {
    await expect(run([program])).rejects.toMatchObject({ code, details: { program, exitCode } })
  })

  test('a time-out ends every process', async () => {
    const result = await shell(
      '(setsid sleep 4321 &); (sleep 4321 &); sleep 4321',
      {},
      {},
      { timeout: '300ms' },
    )
    expect(result.reason).toBe('timeout')
    expect(
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes('sleep\x004321')),
    ).toEqual([])
  })

  test('without a pid namespace too, also after an ordinary end', async () => {
    expect(await shell('(setsid sleep 4322 &); exit 5', { namespaces: { pid: 'host' } })).toMatchObject({
      exitCode: 5,
      cleanup: [],
    })
    expect(
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes('sleep\x004322')),
    ).toEqual([])
  })

  test('a flood arrives whole', async () => {
    const result = await shell('yes | head -c 5000000', {}, {}, { maxOutput: '8MiB' })
    expect(String(result.stdout)).toHaveLength(5_000_000)
  })

  test('prestart: the namespaces are there, the command has not run; a failure stops it', async () => {
    let state: unknown
    const marker = join(rootfs, 'tmp/ran')
    const result = await run(['touch', '/tmp/ran'], {}, {}, {
      hooks: {
        prestart: async (given: { pid: number }) => {
          state = {
            ...given,
            own: readFileSync(`/proc/${given.pid}/status`, 'utf8')
              .match(/^NSpid:.*$/m)?.[0]
              .split('\t').length,
            ran: existsSync(marker),
          }
        },
      },
    } as RunOptions)
    expect(result.exitCode).toBe(0)
    expect(state).toMatchObject({ status: 'creating', own: 3, ran: false })
    await expect(
      run(['touch', '/tmp/never'], {}, {}, {
        hooks: { prestart: () => Promise.reject(new Error('not today')) },
      } as RunOptions),
    ).rejects.toMatchObject({ code: 'EXECD_HOOK_FAILED' })
    expect(existsSync(join(rootfs, 'tmp/never'))).toBe(false)
  })

  test('many at once', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, (_, code) => shell(`exit ${code}`)))
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('what LXC cannot do is refused with a reason', async () => {
    await expect(shell('true', {}, { capabilities: { ambient: ['CAP_CHOWN'] } })).rejects.toMatchObject({
      code: 'EXECD_UNSUPPORTED',
      message: expect.stringContaining('ambient'),
    })
  })
})

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
