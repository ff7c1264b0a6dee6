import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
} from '../../dist/linux/constants.js'
import { encodeKill, encodeKillAll } from '../../dist/plan/messages.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { ALLOW_ALL, container, makeRootfs, type Rootfs } from './container.js'
import { finish, gone, type Helper, isGone, start } from './harness.js'

const { test, describe } = requires('root', 'busybox')
const held = requires('root', 'busybox', 'gcc', 'make')

const HELPER = fileURLToPath(new URL('../../helper', import.meta.url))
const [TERM, KILL, STOP, CONT, ETIMEDOUT] = [15, 9, 19, 18, 110]

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

let nextMark = 71_000_000
const mark = (): string => String(++nextMark)

/** Pids of the host whose command line holds a text as an argument. */
function processesWith(argument: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
      } catch {
        return false
      }
    })
}

/** A descendant that left the session, one whose parent is gone, one that ignores what can be ignored, and one that does all of it. */
const treeOf = (time: string): string =>
  `setsid sleep ${time} & (sleep ${time} &); sh -c "trap '' TERM HUP INT; sleep ${time}; true" & ` +
  `(setsid sh -c "trap '' TERM HUP; (sleep ${time} &) ; sleep ${time}; true" &);`
const TREE_SIZE = 5

describe('a tree of its own in a container', () => {
  let rootfs: Rootfs
  let running: Helper
  let pid: number
  let startTime: bigint
  beforeAll(async () => {
    rootfs = makeRootfs()
    writeFileSync(join(rootfs.path, 'data/hop'), '#!/bin/sh\nsh /data/hop "$1" &\n')
    writeFileSync(join(rootfs.path, 'data/bomb'), '#!/bin/sh\nsh /data/bomb "$1" | sh /data/bomb "$1" &\n')
    for (const name of ['hop', 'bomb']) chmodSync(join(rootfs.path, 'data', name), 0o755)
    running = start(container(rootfs.path, { args: ['sleep', '100'] }))
    ;({ pid, startTime } = await running.message('started'))
  })
  afterAll(async () => {
    running.control.destroy()
    await running.closed
    rootfs.remove()
  })

  interface More {
    readonly user?: Parameters<typeof step.user>[0]
    readonly limits?: readonly Step[]
    readonly filter?: Uint8Array
  }
  const plan = (script: string, more: More = {}): Step[] => [
    step.pidfd({ slot: 0, pid, startTime }),
    step.setns({
      phase: 'host',
      slot: 0,
      flags: CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET,
    }),
    step.clone({ flags: 0 }),
    ...(more.limits ?? []),
    step.env({ variables: ['PATH=/bin'] }),
    step.bound({ mask: 0xa80425fbn }),
    step.noNewPrivs(),
    step.user(more.user ?? { uid: 0, gid: 0 }),
    step.capset({ rootMask: 0xa80425fbn, ambient: 0n }),
    step.seccomp({ filter: more.filter ?? ALLOW_ALL }),
    step.init({ subreaper: true }),
    step.session({}),
    step.pdeathsig({ signal: 9 }),
    step.chdir({ path: '/' }),
    step.exec({ args: ['sh', '-c', script] }),
  ]

  /** Starts a tree that has come to its full size. */
  async function grown(time: string, end = `sleep ${time}`): Promise<{ helper: Helper; init: number }> {
    const helper = start(plan(`${treeOf(time)} echo up; ${end}`))
    const { pid: init } = await helper.message('started')
    await helper.says('up')
    await helper.until('the whole tree', () => sleepers(time).length >= TREE_SIZE)
    return { helper, init }
  }
  const sleepers = (time: string): number[] => processesWith(time).filter((one) => /sleep/.test(nameOf(one)))
  const nameOf = (one: number): string => {
    try {
      return readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0')[0] ?? ''
    } catch {
      return ''
    }
  }
  const containerLives = async (): Promise<void> => expect(await isGone(pid)).toBe(false)

  test.each([
    ['SIGKILL', encodeKill(1, KILL)],
    ['the end of everything', encodeKillAll(1)],
  ])('%s ends it all, and nothing else', async (_, message) => {
    const time = mark()
    const { helper, init } = await grown(time)
    helper.control.write(message)
    await helper.closed
    expect(helper.messages.slice(-2)).toMatchObject([
      { type: 'reply', errno: 0 },
      { type: 'exited', code: null, signal: KILL, cleanupErrors: [] },
    ])
    expect(processesWith(time)).toEqual([])
    expect(await isGone(init)).toBe(true)
    await containerLives()
  })

  test('what the command leaves behind ends with it, and its exit code is passed on', async () => {
    const time = mark()
    const { helper } = await grown(time, 'read line; exit 7')
    helper.stdin.end('go\n')
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', code: 7, signal: null, cleanupErrors: [] })
    expect(processesWith(time)).toEqual([])
    await containerLives()
  })

  test('a signal that ends the command is reported as such', async () => {
    const time = mark()
    const { last } = await finish(plan(`sleep ${time} & kill -SEGV $$`))
    expect(last).toMatchObject({ type: 'exited', code: null, signal: 11, cleanupErrors: [] })
    expect(processesWith(time)).toEqual([])
  })

  test('signals reach the command alone: also those that stop, and those that the init is told by', async () => {
    const time = mark()
    const traps = [TERM, 63, 64].map((number) => `trap 'echo got ${number}' ${number};`).join(' ')
    const helper = start(plan(`${traps} sleep ${time} & echo $$ up; while :; do sleep 0.02; done`))
    const { pid: init } = await helper.message('started')
    await helper.says('up')
    for (const number of [TERM, 63, 64]) {
      helper.control.write(encodeKill(number, number))
      await helper.says(`got ${number}`)
    }
    expect(processesWith(time)).toHaveLength(2)
    const command = Number(readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').split(' ')[0])
    const stateOf = (one: number) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1]
    helper.control.write(encodeKill(1, STOP))
    await helper.until('a stopped command', () => stateOf(command) === 'T')
    expect(stateOf(init)).toBe('S')
    helper.control.write(encodeKill(2, CONT))
    await helper.until('a command that goes on', () => stateOf(command) !== 'T')
    helper.control.write(encodeKill(3, KILL))
    await helper.closed
    expect(processesWith(time)).toEqual([])
  })

  test('Node dies: nothing is left of it', async () => {
    const time = mark()
    const { helper, init } = await grown(time)
    helper.control.destroy()
    await helper.closed
    expect(processesWith(time)).toEqual([])
    expect(await isGone(init)).toBe(true)
    await containerLives()
  })

  test('the monitor is killed: nothing is left of it', async () => {
    const time = mark()
    const { helper, init } = await grown(time)
    helper.process.kill('SIGKILL')
    await helper.closed
    await gone(init)
    expect(processesWith(time)).toEqual([])
    await containerLives()
  })

  test('the init is killed: the command ends with it', async () => {
    const helper = start(plan('sleep 100; true'))
    const { pid: init } = await helper.message('started')
    const command = Number(readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').split(' ')[0])
    process.kill(init, 'SIGKILL')
    await helper.closed
    await gone(command)
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: KILL })
  })

  test('a stopped init ends the tree all the same', async () => {
    const time = mark()
    const { helper, init } = await grown(time)
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
      const helper = start(plan(`${start10} echo up; sleep 0.4; exit 3`, more))
      helper.stdin.end()
      await helper.says('up')
      await helper.closed
      expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', code: 3, cleanupErrors: [] })
      expect(processesWith(time)).toEqual([])
      await containerLives()
    },
    30_000,
  )

  test('the init has the rights of the command, cannot be traced and holds nothing of it', async () => {
    const helper = start(
      plan('exec >&- 2>&-; sleep 100', { user: { uid: 1000, gid: 1000 }, filter: ALLOW_ALL }),
    )
    const { pid: init } = await helper.message('started')
    await helper.stdoutEnded
    const status = readFileSync(`/proc/${init}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m)
    expect(status).toMatch(/^Gid:\t1000\t1000\t1000\t1000$/m)
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb'])
      expect(status).toMatch(new RegExp(`^Cap${set}:\t0{16}$`, 'm'))
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect(readdirSync(`/proc/${init}/fd`)).toEqual(['1'])
    const spy = await finish(
      plan(
        `p=; for d in /proc/[0-9]*; do grep -qs execd-init $d/comm && p="$p $(stat -c %u $d/environ)"; done; echo $p`,
        {
          user: { uid: 1000, gid: 1000 },
        },
      ),
    )
    expect(spy.stdout).toMatch(/^0 0\n$/)
    helper.control.destroy()
    await helper.closed
  })

  held.test(
    'an init that is held, and one that may not kill: the time is limited and what is left is named',
    async () => {
      execFileSync('make', ['-s', '-C', HELPER, 'hold'])
      const left = [mark(), mark()] as const
      const heldTree = await grown(left[0])
      const holder = spawn(join(HELPER, 'build/hold'), [String(heldTree.init)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      await once(holder.stdout, 'data')
      const hindered = start(
        plan(`(setsid sleep ${left[1]} &); echo up; sleep 0.2; exit 5`, { filter: NO_KILL }),
      )
      await hindered.says('up')
      const begin = Date.now()
      heldTree.helper.control.write(encodeKill(1, KILL))
      await Promise.all([heldTree.helper.closed, hindered.closed])
      const took = Date.now() - begin
      expect(took).toBeGreaterThan(9000)
      expect(took).toBeLessThan(14_000)
      holder.stdin.end()
      const step = plan('').findIndex((one) => one.name === 'init')
      const cleanupErrors = [{ step, errno: ETIMEDOUT }]
      expect(heldTree.helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: KILL, cleanupErrors })
      expect(hindered.messages.at(-1)).toMatchObject({ type: 'exited', code: 5, cleanupErrors })
      await gone(heldTree.init)
      const rest = left.flatMap(processesWith)
      expect(rest.length).toBeGreaterThan(0) // the container's end is what ends them
      for (const one of rest) process.kill(one, 'SIGKILL')
      await delay(50)
      await containerLives()
    },
    30_000,
  )
})
