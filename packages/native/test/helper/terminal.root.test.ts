import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { encodePlan } from '../../dist/plan/encode.js'
import { FrameReader, type MonitorMessage } from '../../dist/plan/messages.js'
import { OP } from '../../dist/plan/ops.js'
import { step } from '../../dist/plan/steps.js'
import { container, makeRootfs, type Rootfs } from './container.js'
import { finish, INIT } from './harness.js'

const { test, describe } = requires('root', 'busybox', 'gcc', 'make')

const HELPER = fileURLToPath(new URL('../../helper', import.meta.url))

describe('the terminal', () => {
  let rootfs: Rootfs
  beforeAll(() => {
    execFileSync('make', ['-s', '-C', HELPER, 'relay'])
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())

  async function run(script: string, consolePath = '/dev/console', input = '') {
    const steps = container(rootfs.path, {
      args: ['sh', '-c', script],
      mounts: [
        step.node({ mode: 0o100600, path: '/dev/console' }),
        step.pty({ slot: 4, rows: 33, columns: 99, uid: 1000, gid: 5 }),
        step.console({ path: consolePath }),
      ],
      end: [step.init(), step.session({ controllingTerminal: true })],
      user: { uid: 1000, gid: 1000 },
    }).filter((s) => !(s.name === 'session' && s.controllingTerminal !== true))
    const child = spawn(join(HELPER, 'build/relay'), [INIT], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
    const control = child.stdio[3] as Socket
    const frames = new FrameReader()
    const messages: MonitorMessage[] = []
    let stdout = ''
    control.on('data', (chunk: Buffer) => messages.push(...frames.push(chunk)))
    control.on('error', () => {})
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (stdout.endsWith('ready')) child.stdin.write(input)
    })
    control.write(encodePlan(steps))
    await new Promise((resolve) => child.once('close', resolve))
    return { stdout: stdout.replaceAll('\r', ''), last: messages.at(-1) }
  }

  test('is the standard streams, the controlling terminal and the console, with size and owner', async () => {
    const { stdout, last } = await run(
      'tty; stty size; stat -c %u:%g:%a /dev/pts/0; stat -c %F /dev/console; echo con > /dev/tty; ls /proc/self/fd | tr "\\n" " "',
    )
    expect(last).toMatchObject({ type: 'exited', code: 0 })
    expect(stdout).toBe('/dev/pts/0\n33 99\n1000:5:620\ncharacter special file\ncon\n0 1 2 3 ')
  })

  test('carries input, and its interrupt key reaches the command', async () => {
    const { stdout } = await run('printf ready; read line; echo "got $line"', undefined, 'hello\n')
    expect(stdout).toBe('readyhello\ngot hello\n')
    const { last } = await run('printf ready; sleep 100', undefined, '\x03')
    expect(last).toMatchObject({ type: 'exited', signal: 2 })
  })

  test.each<[string, () => void, number]>([
    ['a link', () => symlinkSync('/data/target', join(rootfs.path, 'data/console')), 40],
    ['a folder', () => mkdirSync(join(rootfs.path, 'data/console')), 22],
    ['nothing', () => {}, 2],
  ])('a console that is %s is refused', async (_, make, errno) => {
    make()
    writeFileSync(join(rootfs.path, 'data/target'), '')
    const { last } = await run('true', '/data/console')
    rmSync(join(rootfs.path, 'data/console'), { recursive: true, force: true })
    expect(last).toMatchObject({ type: 'failed', op: OP.console, errno })
  })

  test('without a socket for it the terminal fails', async () => {
    const steps = container(rootfs.path, {
      args: ['true'],
      mounts: [step.pty({ slot: 4, rows: 1, columns: 1, uid: 0, gid: 0 })],
    })
    expect((await finish(steps)).last).toMatchObject({ type: 'failed', op: OP.pty, errno: 88 })
  })
})
