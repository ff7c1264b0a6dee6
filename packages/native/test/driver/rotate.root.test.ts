import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readOutput } from '@execd/core'
import { expect } from '@jest/globals'
import { runNode } from './support/node.js'
import { textOf } from './support/streams.js'
import { driverTests, failure, type Part, type Suite } from './support/suite.js'

const SIZE = 4096
const LIMIT = 256 * 1024

async function textIn(path: string): Promise<string> {
  const pieces: Buffer[] = []
  for await (const { data } of readOutput(path)) pieces.push(data)
  return String(Buffer.concat(pieces))
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('')
}

let nth = 0
function folder(suite: Suite): string {
  const path = join(suite.temp, `rotate-${nth++}`)
  mkdirSync(path)
  return path
}

driverTests('output files of limited size', (suite, test) => {
  test('of a run, each output to its own or both to one', async () => {
    const dir = folder(suite)
    const of = (name: string) => ({ file: join(dir, name), maxSize: SIZE, maxFiles: 100 })
    const apart = { stdout: of('out'), stderr: of('err') }
    const first = await suite.sh('seq 5000; seq 6000 >&2', {}, { stdio: apart })
    expect(first).toMatchObject({ ok: true, stdout: '', stderr: '', cleanup: [] })
    expect([await textIn(join(dir, 'out')), await textIn(join(dir, 'err'))]).toEqual([
      lines(5000),
      lines(6000),
    ])
    for (const name of readdirSync(dir)) {
      const { size, mode } = statSync(join(dir, name))
      expect([size <= SIZE, mode & 0o777]).toEqual([true, 0o600])
    }
    await suite.sh('echo a; echo b >&2', {}, { stdio: { stdout: of('both'), stderr: of('both') } })
    expect(await textIn(join(dir, 'both'))).toBe('a\nb\n')
    expect(
      (
        await failure(
          suite.sh('true', {}, { stdio: { stdout: of('x'), stderr: { ...of('x'), maxFiles: 3 } } }),
        )
      ).code,
    ).toBe('EXECD_INVALID_OPTION')
  })

  test.each<readonly [string, Part]>([
    ['an ordinary user', { process: { user: 'ann' } }],
    [
      'a user namespace',
      {
        namespaces: {
          user: 'private',
          uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
          gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
        },
      },
    ],
    ['an init', { init: true }],
  ])('with %s, which can open it again', async (_, part) => {
    const file = join(folder(suite), 'out')
    const stdio = { stdout: { file, maxSize: SIZE }, stderr: 'ignore' } as const
    const result = await suite.sh('echo one; echo two >/dev/stdout; echo three >/proc/self/fd/1', part, {
      stdio,
    })
    expect([result.exitCode, await textIn(file)]).toEqual([0, 'one\ntwo\nthree\n'])
  })

  test('of an exec, beside pipes of the container', async () => {
    const file = join(folder(suite), 'out')
    const container = await suite.runtime.start(suite.script('echo own; read go'))
    const stdio = { stdin: 'ignore', stdout: { file, maxSize: SIZE, maxFiles: 50 }, stderr: 'pipe' } as const
    const execution = await container.exec({ args: ['sh', '-c', 'seq 5000; echo err >&2'] }, { stdio })
    const err = await textOf(execution.stderr)
    expect(await execution.wait()).toMatchObject({ ok: true, cleanup: [] })
    expect([err, await textIn(file)]).toEqual(['err\n', lines(5000)])
    container.stdin?.end('go\n')
    expect(await textOf(container.stdout)).toBe('own\n')
    await container.wait()
  })

  test('what cannot be opened fails the start, by name', async () => {
    const dir = folder(suite)
    symlinkSync('/etc/passwd', join(dir, 'link'))
    const before = readFileSync('/etc/passwd')
    for (const [file, errno] of [
      [join(dir, 'link'), 'ELOOP'],
      [join(dir, 'none/out'), 'ENOENT'],
      [dir, 'EISDIR'],
    ] as const) {
      const error = await failure(suite.sh('true', {}, { stdio: { stdout: { file, maxSize: SIZE } } }))
      expect(error).toMatchObject({ code: 'EXECD_START_FAILED', details: { errno } })
      expect(error.message).toContain(file)
    }
    expect(readFileSync('/etc/passwd')).toEqual(before)
  })

  test('a disk that takes nothing ends no program, and is said', async () => {
    const dir = folder(suite)
    // RLIMIT_FSIZE of the caller holds for the writer too
    const answer = await runNode('rotate-main.js', [suite.rootfs, suite.parent, join(dir, 'out')], {
      before: ['prlimit', `--fsize=${LIMIT}`],
    })
    expect(answer).toMatchObject({
      ok: true,
      cleanup: [{ errno: 'EFBIG', step: `write the output file ${join(dir, 'out')}` }],
    })
    expect(readFileSync(join(dir, 'out'), 'utf8')).toBe(lines(100_000).slice(0, LIMIT))
  })
})
