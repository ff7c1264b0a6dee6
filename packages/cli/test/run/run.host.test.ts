import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { BIN, execd } from '../support/execd.js'

const needs = process.geteuid?.() === 0 ? (['root'] as const) : (['userns'] as const)
const { test } = requires(...needs)
const limited = requires(...needs, 'cgroups')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'execd-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('streams', () => {
  test('stdout and stderr are told apart, the status is that of the program', async () => {
    const ended = await execd(['run', 'sh', '-c', 'echo out; echo err >&2; exit 7'])
    expect(ended).toEqual({ status: 7, stdout: 'out\n', stderr: 'err\n' })
  })

  test('stdin is passed on with -i only', async () => {
    expect((await execd(['run', '-i', 'cat'], { input: 'typed' })).stdout).toBe('typed')
    expect((await execd(['run', 'cat'], { input: 'typed' })).stdout).toBe('')
  })

  test('much output comes whole', async () => {
    const { stdout, status } = await execd(['run', 'sh', '-c', 'head -c 30000000 /dev/zero'])
    expect([stdout.length, status]).toEqual([30_000_000, 0])
  })

  test('more output than is allowed ends it', async () => {
    const { stdout, status, stderr } = await execd(['run', '--max-output', '1m', 'cat', '/dev/zero'])
    expect(status).toBe(137)
    expect(stderr).toMatch(/longer than --max-output/)
    expect(stdout.length).toBeLessThan(8 * 1024 ** 2)
  })
})

describe('exit status', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a signal', ['--init', 'sh', '-c', 'kill -KILL $$'], 137, /^$/],
    ['a time-out', ['--timeout', '300ms', 'sleep', '100'], 124, /the time was over/],
    ['a program that does not exist', ['no-such-program'], 127, /^execd run: no-such-program: .*\nhint: /],
    ['a program that cannot be executed', ['/etc/passwd'], 126, /^execd run: .*\nhint: /],
    [
      'a root that does not exist',
      ['--rootfs', '/no/such', 'true'],
      125,
      /^execd run: .*\/no\/such.*\nhint: /,
    ],
    [
      'an option that does not exist',
      ['--nonsense', 'true'],
      125,
      /^execd run: --nonsense: no such option\nhint: /,
    ],
    [
      'a value that cannot be',
      ['-v', 'foo', 'true'],
      125,
      /^execd run: --volume: .*\nhint: execd run --help lists the options/,
    ],
    ['a time that is none', ['--timeout', 'soon', 'true'], 125, /^execd run: --timeout: wanted a time/],
    ['a bridge without a name', ['--network', 'bridge', 'true'], 125, /bridge=BRIDGE/],
    ['no program', [], 125, /^execd run: wanted a PROGRAM/],
  ])('%s', async (_, args, status, stderr) => {
    const ended = await execd(['run', ...args])
    expect(ended).toEqual({ status, stdout: '', stderr: expect.stringMatching(stderr) })
  })

  limited.test('want of memory', async () => {
    const hog = 'x=a; while :; do x=$x$x; done'
    const { status, stderr } = await execd(['run', '-m', '16m', 'sh', '-c', hog])
    expect(status).toBe(137)
    expect(stderr).toMatch(/out of memory/)
  })

  test('--debug shows the code and the stack', async () => {
    const { stderr } = await execd(['--debug', 'run', 'no-such-program'])
    expect(stderr).toMatch(/code: 'EXECD_PROGRAM_NOT_FOUND'/)
    expect(stderr).toMatch(/ {4}at /)
  })
})

describe('signals', () => {
  const READY = 'echo ready; while :; do sleep 0.05; done'

  test('one that process 1 would not see ends it, with the status of the signal', async () => {
    const onOutput = (kill: (signal: NodeJS.Signals) => void): void => kill('SIGINT')
    expect((await execd(['run', 'sh', '-c', READY], { onOutput })).status).toBe(130)
  })

  test('one that is handled is passed on', async () => {
    const script = `trap 'echo caught; exit 5' TERM; ${READY}`
    const ended = await execd(['run', 'sh', '-c', script], { onOutput: (kill) => kill('SIGTERM') })
    expect(ended).toMatchObject({ status: 5, stdout: 'ready\ncaught\n' })
  })

  test('SIGTERM that is not obeyed kills it after --stop-timeout', async () => {
    const script = `trap '' TERM; ${READY}`
    const args = ['run', '--stop-timeout', '200ms', 'sh', '-c', script]
    expect((await execd(args, { onOutput: (kill) => kill('SIGTERM') })).status).toBe(143)
  })
})

describe('a command in a file', () => {
  const COMMAND = {
    rootfs: { type: 'host' },
    process: { args: ['sh', '-c', 'echo $A'], env: { A: 'from file' } },
  }

  test('as JSON, as YAML, and on stdin; options are laid over it', async () => {
    const json = file('c.json', JSON.stringify(COMMAND))
    const yaml = file(
      'c.yaml',
      'rootfs: {type: host}\nprocess:\n  args: [sh, -c, "echo $A"]\n  env: {A: from yaml}\n',
    )
    expect((await execd(['run', '-f', json])).stdout).toBe('from file\n')
    expect((await execd(['run', '-f', yaml])).stdout).toBe('from yaml\n')
    expect((await execd(['run', '-f', '-'], { input: JSON.stringify(COMMAND) })).stdout).toBe('from file\n')
    expect((await execd(['run', '-f', json, '-e', 'A=typed'])).stdout).toBe('typed\n')
  })

  test('what is no command is refused with what is wrong', async () => {
    const broken = await execd(['run', '-f', file('b.yaml', 'a: [1')])
    expect(broken).toMatchObject({ status: 125, stderr: expect.stringMatching(/b\.yaml is no YAML/) })
    const unknown = await execd([
      'run',
      '-f',
      file('u.json', '{"rootfs":"/","process":{"args":["x"]},"cpu":1}'),
    ])
    expect(unknown).toMatchObject({ status: 125, stderr: expect.stringMatching(/cpu: /) })
    const missing = await execd(['run', '-f', join(folder, 'none.json')])
    expect(missing).toMatchObject({ status: 125, stderr: expect.stringMatching(/ENOENT/) })
  })
})

describe('as it is installed', () => {
  const typed = (line: string) =>
    promisify(execFile)('sh', ['-c', line], { cwd: folder }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )

  test('a file of variables is read by execd, and by Node not at all', async () => {
    const path = file('variables', 'A=from file\nNODE_OPTIONS=--nonsense\n')
    expect(await typed(`'${BIN}' run --env-file '${path}' -- sh -c 'echo $A'`)).toEqual({
      ...{ code: 0, stdout: 'from file\n', stderr: '' },
    })
    expect(await typed(`'${BIN}' run --env-file none true`)).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(
        /^execd run: --env-file: could not read none: no such file .*\(ENOENT\)\n/,
      ),
    })
  })

  test('its words are given on as they are', async () => {
    const words = `'a b' '' '$x' '--'`
    expect((await typed(`'${BIN}' run -- printf '<%s>' ${words}`)).stdout).toBe('<a b><><$x><-->')
  })
})

test('--json collects the output with the verdict', async () => {
  const { status, stdout, stderr } = await execd([
    'run',
    '--json',
    'sh',
    '-c',
    'echo out; echo err >&2; exit 4',
  ])
  expect([status, stderr]).toEqual([4, ''])
  expect(JSON.parse(stdout)).toMatchObject({
    reason: 'exited',
    exitCode: 4,
    exitStatus: 4,
    stdout: 'out\n',
    stderr: 'err\n',
    usage: { wall: expect.any(Number) },
  })
})

test('a reader that goes away ends the program, and is no failure of ours', async () => {
  const line = 'set -o pipefail; "$0" "$1" run --init yes | head -c 9; echo $? >&2'
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', line, process.execPath, BIN])
  expect([stdout, stderr]).toEqual(['y\ny\ny\ny\ny', '141\n'])
})
