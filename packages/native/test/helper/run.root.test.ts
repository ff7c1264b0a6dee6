import { spawnSync } from 'node:child_process'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { OP } from '../../dist/plan/ops.js'
import { step } from '../../dist/plan/steps.js'
import { container, makeRootfs, plain, type Rootfs } from './container.js'
import { finish, Helper, INIT } from './harness.js'

const { test, describe } = requires('root', 'busybox')

const ENOENT = 2
const ECHILD = 10
const EACCES = 13
const EBADMSG = 74

describe('running a command', () => {
  let rootfs: Rootfs
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())

  const run = (args: string[], more: object = {}) => finish(container(rootfs.path, { args, ...more }))
  const shell = (script: string, more: object = {}) => run(['sh', '-c', script], more)

  test.each([[0], [1], [2], [126], [255]])('exit code %i', async (code) => {
    const { messages, last } = await shell(`exit ${code}`)
    expect(messages.map((m) => m.type)).toEqual(['started', 'exited'])
    expect(last).toMatchObject({ type: 'exited', code, signal: null, cleanupErrors: [], reads: [] })
  })

  test('a signal, also one that pid 1 of a namespace would not get by itself', async () => {
    const { last } = await finish(plain(['sh', '-c', 'kill -TERM $$']))
    expect(last).toMatchObject({ type: 'exited', code: null, signal: 15, coreDumped: false })
  })

  test('usage is counted', async () => {
    const { last } = await shell('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done')
    expect(last).toMatchObject({ type: 'exited', code: 0 })
    if (last?.type !== 'exited') return
    expect(last.userTimeUs).toBeGreaterThan(1000n)
    expect(last.userTimeUs).toBeLessThan(10_000_000n)
    expect(last.maxRssKiB).toBeGreaterThan(100n)
  })

  test('arguments, environment and standard streams arrive as they are', async () => {
    const args = [
      'sh',
      '-c',
      'env; for a in "$@"; do echo "[$a]"; done; cat; echo oops >&2',
      'x',
      '',
      'a b',
      '*',
      '--',
      'ü',
    ]
    const helper = new Helper(
      (await import('../../dist/plan/encode.js')).encodePlan(
        container(rootfs.path, { args, env: ['PATH=/bin', 'A=1 2', 'EMPTY='] }),
      ),
    )
    helper.stdin.end('typed')
    await helper.closed
    const lines = helper.stdout.split('\n').filter((line) => !/^(PWD|SHLVL|OLDPWD)=/.test(line))
    expect(lines.splice(0, 3).sort()).toEqual(['A=1 2', 'EMPTY=', 'PATH=/bin'])
    expect(lines).toEqual(['[]', '[a b]', '[*]', '[--]', '[ü]', 'typed'])
    expect(helper.stderr).toBe('oops\n')
  })

  test.each<[string, number]>([
    ['not-there', ENOENT],
    ['/bin/not-there', ENOENT],
    ['', ENOENT],
    ['/etc/passwd', EACCES],
    ['/data', EACCES],
    ['no-exec', EACCES],
  ])('a command %j that cannot be executed fails with errno %i', async (command, errno) => {
    writeFileSync(join(rootfs.path, 'data/no-exec'), '#!/bin/sh\n', { mode: 0o644 })
    const { messages, last } = await run([command], { env: ['PATH=/bin:/data:/nowhere:/etc/passwd'] })
    expect(messages).toHaveLength(1)
    expect(last).toMatchObject({ type: 'failed', op: OP.exec, errno, cleanupErrors: [] })
  })

  test('PATH is searched on after a file that may not be executed', async () => {
    writeFileSync(join(rootfs.path, 'data/tool'), '#!/bin/sh\n', { mode: 0o644 })
    writeFileSync(join(rootfs.path, 'tmp/tool'), '#!/bin/sh\necho found\n')
    chmodSync(join(rootfs.path, 'tmp/tool'), 0o755)
    const { stdout } = await run(['tool'], { env: ['PATH=/data:/tmp'] })
    expect(stdout).toBe('found\n')
  })

  test('a failing step is reported by its index, its errno and its context', async () => {
    const steps = plain(['true'], { end: [step.umask({ mask: 0 }), step.chdir({ path: '/not-there' })] })
    const { last } = await finish(steps)
    expect(last).toMatchObject({ type: 'failed', step: 3, op: OP.chdir, errno: ENOENT })
    const overlay = plain(['true'], {
      end: [step.fsmount({ slot: 1, attrs: 0, type: 'tmpfs', options: [['size', 'much']] })],
    })
    const { last: failed } = await finish(overlay)
    expect(failed).toMatchObject({
      type: 'failed',
      step: 2,
      op: OP.fsmount,
      errno: 22,
      context: expect.stringContaining('size'),
    })
  })

  test('a plan that is not one does nothing', async () => {
    const helper = new Helper(
      Buffer.concat([
        Buffer.from('XDP1'),
        Buffer.from([1, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0]),
        Buffer.alloc(8),
      ]),
    )
    await helper.closed
    expect(helper.messages).toEqual([
      { type: 'failed', step: -1, op: 0, errno: EBADMSG, detail: 0, context: '', cleanupErrors: [] },
    ])
  })

  test('the helper refuses to act without a control socket', async () => {
    const piped = spawnSync('sh', ['-c', `"${INIT}" 3</dev/null; echo $?; "${INIT}" 3<&-; echo $?`], {
      encoding: 'utf8',
      timeout: 5000,
    })
    expect(piped.stdout).toBe('1\n1\n')
  })

  test('the command has no descriptor but 0, 1 and 2, not even ones that a caller leaked', async () => {
    const leak = spawnSync(
      'sh',
      [
        '-c',
        'exec 9</etc/passwd; exec "$@"',
        'x',
        process.execPath,
        '--input-type=module',
        '-e',
        `
      import { spawn } from 'node:child_process'
      import { encodePlan } from '${new URL('../../dist/plan/encode.js', import.meta.url)}'
      import { plain } from '${new URL('./container.js', import.meta.url)}'
      const child = spawn('sh', ['-c', 'exec 9</etc; exec "$0"', ${JSON.stringify(INIT)}], { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 9] })
      child.stdio[3].resume()
      child.stdio[3].write(encodePlan(plain(['busybox', 'ls', '/proc/self/fd'])))
    `,
      ],
      { encoding: 'utf8', timeout: 10_000 },
    )
    expect(leak.stderr).toBe('')
    // 3 is the directory that ls itself reads.
    expect(leak.stdout).toBe('0\n1\n2\n3\n')
  })

  test.each([['/proc/self/fd/65'], ['/proc/self/fd/3'], ['/proc/self/fd/66/../..'], ['/link']])(
    'a working directory cannot lead out of the root: %s',
    async (path) => {
      symlinkSync('/proc/self/fd/65', join(rootfs.path, 'link'))
      const { last, stdout } = await run(['pwd'], {
        host: [step.open({ phase: 'host', slot: 9, flags: 0x20_0000, path: '/etc' })],
        end: [step.chdir({ path })],
      }).finally(() => spawnSync('rm', [join(rootfs.path, 'link')]))
      expect(last).toMatchObject({ type: 'failed', op: OP.chdir })
      expect(stdout).toBe('')
    },
  )

  test('process attributes: limits, umask, no new privileges, capabilities, session', async () => {
    const { stdout } = await shell(
      'umask; ulimit -n; ulimit -Hn; grep -E "^(NoNewPrivs|Seccomp|Cap|SigBlk|SigIgn)" /proc/self/status; ps -o pid,sid | grep " 1 *1"',
      { end: [step.rlimit({ resource: 7, soft: 33, hard: 44 })] },
    )
    expect(stdout.split('\n').slice(0, 3)).toEqual(['0022', '33', '44'])
    expect(stdout).toMatch(/NoNewPrivs:\s+1\n/)
    expect(stdout).toMatch(/Seccomp:\s+2\n/)
    expect(stdout).toMatch(
      /CapInh:\s+0{16}\nCapPrm:\s+00000000a80425fb\nCapEff:\s+00000000a80425fb\nCapBnd:\s+00000000a80425fb\nCapAmb:\s+0{16}\n/,
    )
    expect(stdout).toMatch(/SigBlk:\s+0{16}\nSigIgn:\s+0{16}\n/)
  })

  test('an ambient capability reaches an ordinary user, and only that one', async () => {
    const { stdout } = await shell('grep ^Cap /proc/self/status', {
      user: { uid: 1000, gid: 1000 },
      ambient: 1n << 10n,
    })
    expect(stdout.match(/[0-9a-f]{16}/g)).toEqual([
      '0000000000000400',
      '0000000000000400',
      '0000000000000400',
      '00000000a80425fb',
      '0000000000000400',
    ])
  })

  test('a child that can neither go on nor report dies by a signal and is not taken for a command', async () => {
    // write, exit and execve are refused: load the number, three jumps to ERRNO, else ALLOW.
    const numbers = process.arch === 'arm64' ? [64, 94, 221] : [1, 231, 59]
    const insn = (code: number, jt: number, jf: number, k: number) => {
      const out = Buffer.alloc(8)
      out.writeUInt16LE(code, 0)
      out.writeUInt8(jt, 2)
      out.writeUInt8(jf, 3)
      out.writeUInt32LE(k, 4)
      return out
    }
    const filter = Buffer.concat([
      insn(0x20, 0, 0, 0),
      ...numbers.map((n, i) => insn(0x15, 3 - i, 0, n)),
      insn(0x06, 0, 0, 0x7fff_0000),
      insn(0x06, 0, 0, 0x0005_0001),
    ])
    const { messages, last } = await finish(
      plain(['true'], { end: [step.noNewPrivs(), step.seccomp({ filter })] }),
    )
    expect(messages).toHaveLength(1)
    expect(last).toMatchObject({ type: 'failed', step: -1, errno: ECHILD })
    if (last?.type === 'failed') expect([4, 5, 11]).toContain(last.detail & 0x7f)
  })
})
