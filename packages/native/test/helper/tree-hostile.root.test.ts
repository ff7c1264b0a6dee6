import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { encodeKill } from '../../dist/plan/messages.js'
import { step } from '../../dist/plan/steps.js'
import { gone, type Helper, start } from './harness.js'
import { Host, type More, mark, processesWith } from './tree.js'

const { test, describe } = requires('root', 'busybox')
const held = requires('root', 'busybox', 'gcc', 'make')

const HELPER = fileURLToPath(new URL('../../helper', import.meta.url))
const [KILL, ETIMEDOUT] = [9, 110]

/** Instructions of BPF: kill(2) of this machine fails with EPERM, all else is allowed. */
const NO_KILL = ((): Buffer => {
  const number = process.arch === 'arm64' ? 129 : 62
  const code = [
    [0x20, 0, 0, 0], // load the system call's number
    [0x15, 0, 1, number],
    [0x06, 0, 0, 0x0005_0001],
    [0x06, 0, 0, 0x7fff_0000],
  ] as const
  const bytes = Buffer.alloc(8 * code.length)
  for (const [index, [op, yes, no, value]] of code.entries()) {
    bytes.writeUInt16LE(op, 8 * index)
    bytes.writeUInt8(yes, 8 * index + 2)
    bytes.writeUInt8(no, 8 * index + 3)
    bytes.writeUInt32LE(value, 8 * index + 4)
  }
  return bytes
})()

/** Waits for the last message, for as long as the test has. */
async function exited(helper: Helper): Promise<void> {
  while (helper.messages.at(-1)?.type !== 'exited') await delay(20)
}

describe('a tree that does not want to end', () => {
  let host: Host
  beforeAll(async () => {
    host = await Host.start()
  })
  afterAll(() => host.close())

  test('a stopped init ends the tree all the same', async () => {
    const time = mark()
    const { helper, init } = await host.grown(time)
    process.kill(init, 'SIGSTOP')
    helper.control.write(encodeKill(1, KILL))
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: KILL, cleanupErrors: [] })
    expect(processesWith(time)).toEqual([])
  })

  const bounded: More = {
    user: { uid: 1000, gid: 1000 },
    limits: [step.rlimit({ resource: 6, soft: 150, hard: 150 })],
  }
  const restless: ReadonlyArray<readonly [string, string, More]> = [
    ['processes that hop from pid to pid', 'hop', {}],
    ['a fork bomb', 'bomb', bounded],
  ]
  test.each(restless)(
    '%s do not get away',
    async (_, name, more) => {
      const time = mark()
      const start10 = Array.from({ length: name === 'hop' ? 10 : 1 }, () => `sh /data/${name} ${time};`).join(
        ' ',
      )
      const helper = start(host.plan(`${start10} echo up; sleep 0.4; exit 3`, more))
      helper.stdin.end()
      await helper.says('up')
      await helper.closed
      expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', code: 3, cleanupErrors: [] })
      expect(processesWith(time)).toEqual([])
      expect(await host.lives()).toBe(true)
    },
    30_000,
  )

  held.test(
    'an init that is held, and one that may not kill: the time is limited and what is left is named',
    async () => {
      execFileSync('make', ['-s', '-C', HELPER, 'hold'])
      const left = [mark(), mark()] as const
      const heldTree = await host.grown(left[0])
      const holder = spawn(join(HELPER, 'build/hold'), [String(heldTree.init)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const holderEnded = once(holder, 'close')
      await once(holder.stdout, 'data')
      const hindered = start(
        host.plan(`(setsid sleep ${left[1]} &); echo up; sleep 0.2; exit 5`, { filter: NO_KILL }),
      )
      await hindered.says('up')
      const begin = Date.now()
      heldTree.helper.control.write(encodeKill(1, KILL))
      // not their end: what is left holds their output
      await Promise.all([exited(heldTree.helper), exited(hindered)])
      const took = Date.now() - begin
      expect(took).toBeGreaterThan(9000)
      expect(took).toBeLessThan(30_000)
      const index = host.plan('').findIndex((one) => one.name === 'init')
      const cleanupErrors = [{ step: index, errno: ETIMEDOUT }]
      expect(heldTree.helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: KILL, cleanupErrors })
      expect(hindered.messages.at(-1)).toMatchObject({ type: 'exited', code: 5, cleanupErrors })
      await gone(heldTree.init)
      const rest = left.flatMap(processesWith)
      expect(rest.length).toBeGreaterThan(0) // the container's end is what ends them
      for (const one of rest) process.kill(one, 'SIGKILL')
      await Promise.all([heldTree.helper.closed, hindered.closed, holderEnded])
      expect(await host.lives()).toBe(true)
    },
    30_000,
  )
})
