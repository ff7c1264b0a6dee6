import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import { O_DIRECTORY, O_PATH, O_WRONLY } from '../../dist/linux/constants.js'
import {
  decodeMessage,
  encodeGo,
  encodeKill,
  encodeKillAll,
  encodeResize,
  FrameReader,
  type MonitorMessage,
} from '../../dist/plan/messages.js'
import { SLOT_BASE } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { type ContainerOptions, container, makeRootfs, type Rootfs } from './container.js'
import { gone, type Helper, isGone, start } from './harness.js'

const { describe, test } = requires('root', 'busybox')

const FOLDER = 8
const RECORD = 9
const O_APPEND = 0o2000

/** Who connects to a monitor that has no owner. */
class Owner {
  readonly messages: MonitorMessage[] = []
  readonly closed: Promise<unknown>
  readonly socket: Socket

  constructor(path: string) {
    this.socket = connect(path)
    this.socket.on('error', () => {})
    this.closed = once(this.socket, 'close')
    const frames = new FrameReader()
    this.socket.on('data', (chunk: Buffer) => this.messages.push(...frames.push(chunk)))
  }

  async message(type: MonitorMessage['type']): Promise<MonitorMessage> {
    for (const end = Date.now() + 10_000; Date.now() < end; await delay(5)) {
      const found = this.messages.find((message) => message.type === type)
      if (found !== undefined) return found
    }
    throw new Error(`no message ${type} but ${JSON.stringify(this.messages.map((one) => one.type))}`)
  }
}

describe('a monitor that outlives Node', () => {
  let rootfs: Rootfs
  let folder: string
  const helpers: Helper[] = []
  const owners: Owner[] = []
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'execd-helper-'))
    writeFileSync(join(folder, 'record'), '')
  })
  afterEach(async () => {
    for (const { socket } of owners.splice(0)) socket.destroy()
    const ending = helpers.splice(0)
    for (const helper of ending) helper.process.kill('SIGTERM')
    await Promise.all(ending.map((helper) => helper.closed))
    rmSync(folder, { recursive: true })
  })

  const plan = (args: string[], more: Partial<ContainerOptions> = {}): Step[] => [
    ...container(rootfs.path, {
      ...more,
      args,
      clone: { detached: true, ...more.clone },
      host: [
        ...(more.host ?? [
          step.open({ phase: 'host', slot: FOLDER, flags: O_PATH | O_DIRECTORY, path: folder }),
        ]),
        step.open({ phase: 'host', slot: RECORD, flags: O_WRONLY | O_APPEND, path: join(folder, 'record') }),
        step.listen({ dir: FOLDER, file: 'socket' }),
      ],
      parent: [step.record({ slot: RECORD })],
    }),
    step.save({ dir: FOLDER, file: 'status' }),
  ]
  const begin = (...args: Parameters<typeof plan>): Helper => {
    const helper = start(plan(...args))
    helpers.push(helper)
    return helper
  }
  const owner = (path = join(folder, 'socket')) => {
    const made = new Owner(path)
    owners.push(made)
    return made
  }
  const status = () => decodeMessage(readFileSync(join(folder, 'status')).subarray(4))
  const running = async (helper: Helper) => {
    const { pid, startTime } = await helper.message('started')
    helper.control.destroy()
    return { pid, startTime }
  }

  test('its record names both processes before the command runs', async () => {
    const helper = begin(['sleep', '100'], { clone: { detached: true, sync: true } })
    const { pid } = await helper.message('created')
    const words = readFileSync(join(folder, 'record'), 'utf8').trim().split(' ').map(Number)
    expect([words[0], words[2]]).toEqual([helper.process.pid, pid])
    helper.control.write(encodeGo())
    expect((await helper.message('started')).startTime).toBe(BigInt(words[3] ?? 0))
  })

  test('its socket is for its own user alone', async () => {
    await running(begin(['sleep', '100']))
    expect(statSync(join(folder, 'socket')).mode & 0o777).toBe(0o600)
  })

  test('another owner comes, is told what runs, and has all its rights', async () => {
    const helper = begin(['sh', '-c', 'trap "exit 9" USR1; while :; do sleep 0.02; done'])
    const started = await running(helper)
    const next = owner()
    expect(await next.message('started')).toMatchObject(started)
    next.socket.write(encodeKill(7, 10))
    expect(await next.message('exited')).toMatchObject({ code: 9, killed: false })
    expect(next.messages[1]).toEqual({ type: 'reply', request: 7, errno: 0 })
    expect(status()).toMatchObject({ type: 'exited', code: 9 })
    await helper.closed
  })

  test('of two only one is served; the other when the first is gone', async () => {
    await running(begin(['sleep', '100']))
    const first = owner()
    await first.message('started')
    const second = owner()
    await delay(50)
    expect(second.messages).toEqual([])
    first.socket.destroy()
    await second.message('started')
    second.socket.write(encodeKillAll(1))
    expect(await second.message('exited')).toMatchObject({ signal: 9, killed: true })
  })

  test('who speaks another language is dropped, and the container goes on', async () => {
    const { pid } = await running(begin(['sleep', '100']))
    const stranger = owner()
    await stranger.message('started')
    stranger.socket.write('GET / HTTP/1.1\r\n\r\n')
    await stranger.closed
    expect(await isGone(pid)).toBe(false)
    const next = owner()
    await next.message('started')
    // half a command of one owner is not the beginning of the next one's
    next.socket.end(encodeKill(1, 9).subarray(0, 7))
    await next.closed
    const last = owner()
    await last.message('started')
    last.socket.write(encodeKill(2, 0))
    expect(await last.message('reply')).toMatchObject({ request: 2, errno: 0 })
  })

  test('whoever dies before the command runs undoes the start', async () => {
    for (let round = 0; round < 20; round++) {
      const helper = begin(['sleep', '100'])
      await delay(Math.random() * 5)
      const seen = helper.messages.length
      helper.control.destroy()
      if (seen > 0) continue
      await Promise.race([helper.closed, delay(200)])
      // either nobody saw it begin and it is undone, or `started` was on its way and it goes on
      if (helper.process.exitCode !== null) expect(status()).toMatchObject({ type: 'failed' })
      rmSync(join(folder, 'socket'), { force: true })
      rmSync(join(folder, 'status'), { force: true })
    }
  })

  test('the time is counted, and a terminal is kept and its size changed', async () => {
    const helper = begin(
      [
        'sh',
        '-c',
        'seq 20000; while [ "$(stty size)" = "24 80" ]; do sleep 0.02; done; stty size >/tmp/size; exit 3',
      ],
      {
        clone: { detached: true, keepsTerminal: true },
        mounts: [step.pty({ slot: 4, rows: 24, columns: 80, uid: 0, gid: 0 })],
      },
    )
    const { pid } = await running(helper)
    await delay(300)
    expect(await isGone(pid)).toBe(false)
    const next = owner()
    await next.message('started')
    next.socket.write(encodeResize(5, 33, 44))
    const exited = await next.message('exited')
    expect(exited).toMatchObject({ code: 3 })
    if (exited.type === 'exited') expect(exited.wallMs).toBeGreaterThanOrEqual(300n)
    expect(readFileSync(join(rootfs.path, 'tmp/size'), 'utf8')).toBe('33 44\n')
  })

  test('without a terminal there is none to resize', async () => {
    await running(begin(['sleep', '100']))
    const next = owner()
    next.socket.write(encodeResize(5, 33, 44))
    expect(await next.message('reply')).toMatchObject({ errno: 25 })
  })

  describe('when the status cannot be kept', () => {
    const full = [
      step.fsmount({
        phase: 'host',
        slot: FOLDER,
        attrs: 0,
        type: 'tmpfs',
        options: [
          ['size', '4096'],
          ['mode', '700'],
        ],
      }),
    ]
    const fill = (helper: Helper) => {
      const path = `/proc/${helper.process.pid}/fd/${SLOT_BASE + FOLDER}`
      const dir = openSync(path, O_DIRECTORY)
      writeFileSync(`/proc/self/fd/${dir}/full`, Buffer.alloc(4096))
      return dir
    }

    test('it is tried until there is room', async () => {
      const helper = begin(['sleep', '100'], { host: full })
      const { pid } = await running(helper)
      const dir = fill(helper)
      process.kill(pid, 'SIGKILL')
      await delay(300)
      expect(helper.process.exitCode).toBeNull()
      rmSync(`/proc/self/fd/${dir}/full`)
      await helper.closed
      const kept = readFileSync(`/proc/self/fd/${dir}/status`)
      closeSync(dir)
      expect(decodeMessage(kept.subarray(4))).toMatchObject({
        type: 'exited',
        signal: 9,
        killed: false,
        cleanupErrors: [],
      })
    })

    test('whoever comes is told', async () => {
      const helper = begin(['sleep', '100'], { host: full })
      const { pid } = await running(helper)
      const dir = fill(helper)
      process.kill(pid, 'SIGKILL')
      await gone(pid)
      const next = owner(`/proc/self/fd/${dir}/socket`)
      expect(await next.message('exited')).toMatchObject({ signal: 9 })
      await helper.closed
      closeSync(dir)
    })
  })

  test('when its folder is gone it ends all the same', async () => {
    const helper = begin(['sleep', '100'])
    const { pid } = await running(helper)
    rmSync(folder, { recursive: true })
    process.kill(pid, 'SIGKILL')
    await helper.closed
    folder = mkdtempSync(join(tmpdir(), 'execd-helper-'))
  })
})
