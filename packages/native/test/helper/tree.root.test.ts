import { readdirSync, readFileSync } from 'node:fs'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { encodeKill, encodeKillAll } from '../../dist/plan/messages.js'
import { finish, gone, isGone, start } from './harness.js'
import { commandOf, Host, mark, processesWith } from './tree.js'

const { test, describe } = requires('root', 'busybox')

const [TERM, KILL, STOP, CONT] = [15, 9, 19, 18]

describe('a tree of its own in a container', () => {
  let host: Host
  beforeAll(async () => {
    host = await Host.start()
  })
  afterAll(() => host.close())

  test.each([
    ['SIGKILL', encodeKill(1, KILL)],
    ['the end of everything', encodeKillAll(1)],
  ])('%s ends it all, and nothing else', async (_, message) => {
    const time = mark()
    const { helper, init } = await host.grown(time)
    helper.control.write(message)
    await helper.closed
    expect(helper.messages.slice(-2)).toMatchObject([
      { type: 'reply', errno: 0 },
      { type: 'exited', code: null, signal: KILL, cleanupErrors: [] },
    ])
    expect(processesWith(time)).toEqual([])
    expect(await isGone(init)).toBe(true)
    expect(await host.lives()).toBe(true)
  })

  test('what the command leaves behind ends with it, and its exit code is passed on', async () => {
    const time = mark()
    const { helper } = await host.grown(time, 'read line; exit 7')
    helper.stdin.end('go\n')
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', code: 7, signal: null, cleanupErrors: [] })
    expect(processesWith(time)).toEqual([])
    expect(await host.lives()).toBe(true)
  })

  test('a signal that ends the command is reported as such', async () => {
    const time = mark()
    const { last } = await finish(host.plan(`sleep ${time} & kill -SEGV $$`))
    expect(last).toMatchObject({ type: 'exited', code: null, signal: 11, cleanupErrors: [] })
    expect(processesWith(time)).toEqual([])
  })

  test('signals reach the command alone: also those that stop, and those that the init is told by', async () => {
    const time = mark()
    const traps = [TERM, 63, 64].map((number) => `trap 'echo got ${number}' ${number};`).join(' ')
    const helper = start(host.plan(`${traps} sleep ${time} & echo $$ up; while :; do sleep 0.02; done`))
    const { pid: init } = await helper.message('started')
    await helper.says('up')
    for (const number of [TERM, 63, 64]) {
      helper.control.write(encodeKill(number, number))
      await helper.says(`got ${number}`)
    }
    expect(processesWith(time)).toHaveLength(1)
    const command = commandOf(init)
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
    const { helper, init } = await host.grown(time)
    helper.control.destroy()
    await helper.closed
    expect(processesWith(time)).toEqual([])
    expect(await isGone(init)).toBe(true)
    expect(await host.lives()).toBe(true)
  })

  test('the monitor is killed: nothing is left of it', async () => {
    const time = mark()
    const { helper, init } = await host.grown(time)
    helper.process.kill('SIGKILL')
    await helper.closed
    await gone(init)
    expect(processesWith(time)).toEqual([])
    expect(await host.lives()).toBe(true)
  })

  test('the init is killed: the command ends with it', async () => {
    const helper = start(host.plan('exec sleep 100'))
    const { pid: init } = await helper.message('started')
    const command = commandOf(init)
    process.kill(init, 'SIGKILL')
    await helper.closed
    await gone(command)
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: KILL })
  })

  test('the init has the rights of the command, cannot be traced and holds nothing of it', async () => {
    const helper = start(host.plan('exec >&- 2>&-; sleep 100', { user: { uid: 1000, gid: 1000 } }))
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
      host.plan(
        `p=; for d in /proc/[0-9]*; do grep -qs execd-init $d/comm && p="$p $(stat -c %u $d/environ)"; done; echo $p`,
        {
          user: { uid: 1000, gid: 1000 },
        },
      ),
    )
    expect(spy.stdout).toMatch(/^0( 0)+\n$/) // belong to root: not dumpable
    helper.control.destroy()
    await helper.closed
  })
})
