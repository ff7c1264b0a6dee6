import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from '@jest/globals'
import { descriptors } from './support/host-state.js'
import { runNode } from './support/node.js'
import { bytesOf, textOf } from './support/streams.js'
import { driverTests, failure } from './support/suite.js'
import { until } from './support/until.js'

const MIB = 1024 ** 2

/** Every byte value, in no simple order. */
function bytes(size: number): Buffer {
  const data = Buffer.alloc(size)
  for (let index = 0, value = 1; index < size; index += 1) {
    data[index] = value >> 16
    value = (value * 1_103_515_245 + 12_345) & 0x7fffffff
  }
  return data
}

driverTests('standard input and output', (suite, test) => {
  test('text goes in and comes out; without input stdin is at its end', async () => {
    expect((await suite.sh('cat; echo "[$?]"', {}, { input: 'grüße\n' })).stdout).toBe('grüße\n[0]\n')
    expect((await suite.sh('cat; echo "[$?]"')).stdout).toBe('[0]\n')
    expect((await suite.sh('cat | wc -c', {}, { input: '' })).stdout).toBe('0\n')
  })

  test('bytes pass unchanged, also more than a pipe holds', async () => {
    const data = bytes(5 * MIB)
    const command = suite.command(['cat'])
    const once = await suite.runtime.run(command, { input: data, encoding: 'buffer' })
    expect(once.stdout.equals(data)).toBe(true)
    const pieces = Array.from({ length: 50 }, (_, index) =>
      data.subarray(index * 100_000, (index + 1) * 100_000),
    )
    const streamed = await suite.runtime.run(command, { input: Readable.from(pieces), encoding: 'buffer' })
    expect(streamed.stdout.equals(data.subarray(0, 5_000_000))).toBe(true)
  })

  test('stdout and stderr are two streams, and a flood on both arrives whole', async () => {
    const { stdout, stderr, ok } = await suite.sh('seq 200000 & seq 300000 500000 >&2; wait')
    expect(ok).toBe(true)
    expect(stdout.trimEnd().split('\n')).toHaveLength(200_000)
    expect(stdout.endsWith('\n200000\n')).toBe(true)
    expect(stderr.trimEnd().split('\n')).toHaveLength(200_001)
    expect(stderr.startsWith('300000\n')).toBe(true)
  })

  test('a program that does not read its input ends as it wants', async () => {
    expect(await suite.sh('head -c 3', {}, { input: bytes(3 * MIB) })).toMatchObject({
      reason: 'exited',
      exitCode: 0,
    })
    expect(await suite.sh('exec <&-; exit 5', {}, { input: bytes(3 * MIB) })).toMatchObject({ exitCode: 5 })
  })

  test('a program that closes its output early is still waited for', async () => {
    const result = await suite.sh('echo out; echo err >&2; exec >&- 2>&-; sleep 0.2; exit 7')
    expect(result).toMatchObject({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' })
  })

  test('a reader that goes away is a broken pipe inside', async () => {
    const container = await suite.runtime.start(suite.script('yes; echo "yes: $?" >&2'))
    container.stdout?.destroy()
    expect(await textOf(container.stderr)).toMatch(/yes: \d+\n$/)
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 0 })
  })

  test('output that nobody reads stops the program, and is whole when it is read late', async () => {
    const container = await suite.runtime.start(suite.script('head -c 20000000 /dev/zero; echo done >&2'))
    const stderr = textOf(container.stderr)
    await until('the pipe is full', async () => (await suite.output(`true`)) === '')
    expect(container.status).toBe('running')
    expect((await bytesOf(container.stdout)).length).toBe(20_000_000)
    expect(await stderr).toBe('done\n')
    await container.wait()
  })

  test('output is readable after the end', async () => {
    const container = await suite.runtime.start(suite.script('echo late; echo err >&2'))
    await container.wait()
    expect(await textOf(container.stdout)).toBe('late\n')
    expect(await textOf(container.stderr)).toBe('err\n')
  })

  test('streams that nobody reads hold no descriptor after the end, and can still be read', async () => {
    const before = descriptors().length
    const containers = await Promise.all(
      [1, 2, 3, 4].map(() => suite.runtime.start(suite.script('echo late; echo err >&2'))),
    )
    await Promise.all(containers.map((container) => container.wait()))
    await until('they are closed', () => descriptors().length <= before, 3000).catch(() => {})
    expect(descriptors().length).toBeLessThanOrEqual(before)
    for (const container of containers) expect(await textOf(container.stdout)).toBe('late\n')
  })

  test('files: read, made, emptied, appended to', async () => {
    const [input, output] = [join(suite.temp, 'in'), join(suite.temp, 'out')]
    writeFileSync(input, 'from a file\n')
    const stdio = {
      stdin: { file: input },
      stdout: { file: output },
      stderr: { file: output, append: true },
    } as const
    expect(await suite.sh('cat; echo err >&2', {}, { stdio })).toMatchObject({
      ok: true,
      stdout: '',
      stderr: '',
    })
    expect(readFileSync(output, 'utf8')).toContain('from a file\n')
    writeFileSync(output, 'old old old old old\n')
    await suite.sh('echo new', {}, { stdio: { stdout: { file: output } } })
    expect(readFileSync(output, 'utf8')).toBe('new\n')
    await suite.sh('echo more', {}, { stdio: { stdout: { file: output, append: true } } })
    expect(readFileSync(output, 'utf8')).toBe('new\nmore\n')
    const error = await failure(
      suite.sh('true', {}, { stdio: { stdin: { file: join(suite.temp, 'absent') } } }),
    )
    expect(error).toMatchObject({ code: 'EXECD_START_FAILED', details: { errno: 'ENOENT' } })
  })

  test('a FIFO is refused and not waited for; a device is as any other', async () => {
    const fifo = join(suite.temp, 'fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    for (const name of ['stdin', 'stdout', 'stderr']) {
      const error = await failure(suite.sh('true', {}, { stdio: { [name]: { file: fifo } } }))
      expect(error).toMatchObject({ code: 'EXECD_INVALID_OPTION', details: { got: fifo } })
      expect(error.hint).toContain('{ fd }')
    }
    const stdio = { stdin: { file: '/dev/zero' }, stderr: { file: '/dev/null' } } as const
    const { stdout } = await suite.sh('head -c 3 | wc -c; grep ^flags /proc/self/fdinfo/0', {}, { stdio })
    expect(stdout).toMatch(/^3\nflags:\t0[0-3]*00000\n$/)
  })

  test('an open descriptor is lent, not taken', async () => {
    const path = join(suite.temp, 'lent')
    const fd = openSync(path, 'w')
    try {
      await suite.sh('echo one', {}, { stdio: { stdout: { fd } } })
      await suite.sh('echo two >&2', {}, { stdio: { stderr: { fd } } })
      writeFileSync(fd, 'three\n')
      expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n')
    } finally {
      closeSync(fd)
    }
    const error = await failure(suite.sh('true', {}, { stdio: { stdout: { fd: 1_000_000 } } }))
    expect(error).toMatchObject({ code: 'EXECD_START_FAILED', details: { errno: 'EBADF' } })
  })

  test("inherited: the caller's own", async () => {
    expect(await runNode('inside-main.js', [suite.rootfs, suite.parent, 'inherit'])).toBe('from inside')
  })

  test('ignored: the null device of the container', async () => {
    const script =
      'for n in 0 1 2; do stat -L -c "%t:%T %D" /proc/self/fd/$n; done >/data/null; stat -c %D /dev >>/data/null'
    await suite.sh(script, {}, { stdio: 'ignore' })
    const [first, ...rest] = readFileSync(join(suite.rootfs, 'data/null'), 'utf8').trim().split('\n')
    const device = rest.at(-1) ?? ''
    expect(first).toBe(`1:3 ${device}`)
  })
})
