import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { O_DIRECTORY, O_PATH } from '../../dist/linux/constants.js'
import { decodeMessage, encodeAbort, encodeGo, encodeKill, encodeKillAll } from '../../dist/plan/messages.js'
import { step } from '../../dist/plan/steps.js'
import { container, makeRootfs, plain, type Rootfs } from './container.js'
import { gone, isGone, start } from './harness.js'

const { test, describe } = requires('root', 'busybox')

describe('talking to the monitor', () => {
  let rootfs: Rootfs
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())

  const sleeper = (more: object = {}) => start(container(rootfs.path, { args: ['sleep', '100'], ...more }))

  test('with SYNC nothing runs before go', async () => {
    const helper = start(container(rootfs.path, { args: ['echo', 'on'], clone: { sync: true } }))
    const { pid } = await helper.message('created')
    await delay(100)
    expect(helper.messages).toHaveLength(1)
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('execd-init\n')
    expect(helper.stdout).toBe('')
    helper.control.write(encodeGo())
    await helper.closed
    expect(helper.messages.map((m) => m.type)).toEqual(['created', 'started', 'exited'])
    expect(helper.messages[1]).toMatchObject({ pid })
    expect(helper.stdout).toBe('on\n')
  })

  test.each([
    ['abort', encodeAbort()],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('with SYNC %s ends the start', async (_, bytes) => {
    const helper = start(container(rootfs.path, { args: ['echo', 'on'], clone: { sync: true } }))
    const { pid } = await helper.message('created')
    helper.control.write(bytes)
    await helper.closed
    expect(helper.stdout).toBe('')
    expect(await isGone(pid)).toBe(true)
    if (bytes.length === 5) expect(helper.messages[1]).toMatchObject({ type: 'failed', step: -1, errno: 125 })
  })

  test('a kill is answered, and ends the command', async () => {
    const helper = sleeper()
    await helper.message('started')
    helper.control.write(encodeKill(7, 9))
    await helper.closed
    expect(helper.messages.slice(1)).toMatchObject([
      { type: 'reply', request: 7, errno: 0 },
      { type: 'exited', code: null, signal: 9 },
    ])
  })

  test.each([[-1], [65], [2 ** 31 - 1]])('signal %i is refused', async (signal) => {
    const helper = sleeper()
    await helper.message('started')
    // Also in pieces: a frame is put together again.
    for (const byte of encodeKill(8, signal)) helper.control.write(Buffer.of(byte))
    expect(await helper.message('reply')).toMatchObject({ request: 8, errno: 22 })
    helper.control.write(encodeKillAll(9))
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: 9 })
  })

  test('when Node dies the command dies within milliseconds', async () => {
    const helper = sleeper()
    const { pid } = await helper.message('started')
    helper.control.destroy()
    expect(await gone(pid)).toBeLessThan(500)
    await helper.closed
  })

  test('when Node dies during SYNC nothing is left', async () => {
    const helper = sleeper({ clone: { sync: true } })
    const { pid } = await helper.message('created')
    helper.control.destroy()
    await gone(pid)
    await helper.closed
  })

  test('a message that is none is taken as the death of Node', async () => {
    const helper = sleeper()
    const { pid } = await helper.message('started')
    helper.control.write(Buffer.from([255, 255, 255, 255, 9]))
    await gone(pid)
    await helper.closed
  })

  test.each([
    ['in a pid namespace', true],
    ['in none', false],
  ])('when the monitor is killed the command dies, %s', async (_, isolated) => {
    const helper = isolated
      ? sleeper()
      : start(
          plain(['sleep', '100'], {
            end: [step.user({ uid: 1000, gid: 1000 }), step.pdeathsig({ signal: 9 })],
          }),
        )
    const { pid } = await helper.message('started')
    helper.process.kill('SIGKILL')
    expect(await gone(pid)).toBeLessThan(500)
    await helper.closed
  })

  test('signals of a terminal do not end the monitor', async () => {
    const helper = sleeper()
    const { pid } = await helper.message('started')
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM', 'SIGUSR1'] as const)
      helper.process.kill(signal)
    await delay(50)
    expect(await isGone(pid)).toBe(false)
    helper.control.write(encodeKill(1, 9))
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: 9 })
  })

  test('the monitor does not hold the pipes of the command, nor uses the processor while it waits', async () => {
    const helper = start(container(rootfs.path, { args: ['sh', '-c', 'exec >&- 2>&-; sleep 100'] }))
    const { pid } = await helper.message('started')
    await helper.stdoutEnded
    await delay(300)
    const stat = readFileSync(`/proc/${helper.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    expect(Number(stat[11]) + Number(stat[12])).toBeLessThan(5)
    const status = readFileSync(`/proc/${helper.process.pid}/smaps_rollup`, 'utf8')
    // the program itself, some 80 kB of it, is there once for all monitors
    if (process.env.EXECD_INIT === undefined)
      expect(Number(/^Pss:\s+(\d+)/m.exec(status)?.[1])).toBeLessThan(128)
    helper.control.destroy()
    await gone(pid)
    await helper.closed
  })

  test('a detached monitor outlives Node and saves the status', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'execd-helper-'))
    try {
      const helper = start([
        ...container(rootfs.path, {
          args: ['sh', '-c', 'sleep 0.3; exit 5'],
          clone: { detached: true },
          host: [step.open({ phase: 'host', slot: 8, flags: O_PATH | O_DIRECTORY, path: folder })],
        }),
        step.save({ dir: 8, file: 'status' }),
      ])
      const { pid } = await helper.message('started')
      helper.control.destroy()
      await delay(100)
      expect(await isGone(pid)).toBe(false)
      await helper.closed
      expect(decodeMessage(readFileSync(join(folder, 'status')).subarray(4))).toMatchObject({
        type: 'exited',
        code: 5,
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('SIGTERM ends a detached container', async () => {
    const helper = sleeper({ clone: { detached: true } })
    await helper.message('started')
    helper.process.kill('SIGTERM')
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: 9 })
  })

  test('Node may die at any moment of a start: nothing is left', async () => {
    for (let round = 0; round < 40; round++) {
      const helper = start(container(rootfs.path, { args: ['sleep', '100'] }))
      await delay(Math.random() * 4)
      helper.control.destroy()
      await helper.closed
      const started = helper.messages.find((m) => m.type === 'started')
      if (started?.type === 'started') expect(await isGone(started.pid)).toBe(true)
    }
  }, 20_000)
})
