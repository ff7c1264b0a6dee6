import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  O_RDONLY,
} from '../../dist/linux/constants.js'
import { OP } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { allPids, readOrNull } from '../driver/support/host-state.js'
import { ALLOW_ALL, container, makeRootfs, type Rootfs } from './container.js'
import { finish, type Helper, start } from './harness.js'

const { test, describe } = requires('root', 'busybox')

function joining(pid: number, startTime: bigint, args: string[], more: Step[] = []): Step[] {
  return [
    step.pidfd({ slot: 0, pid, startTime }),
    step.setns({ phase: 'host', slot: 0, flags: CLONE_NEWPID }),
    step.clone({ flags: 0 }),
    step.setns({ slot: 0, flags: CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET }),
    step.session({}),
    step.env({ variables: ['PATH=/bin'] }),
    step.noNewPrivs(),
    step.bound({ mask: 0xa80425fbn }),
    step.user({ user: 'ann', flags: 1 | 4 }),
    step.capset({ rootMask: 0n, ambient: 0n }),
    ...more,
    step.chdir({ path: '/' }),
    step.pdeathsig({ signal: 9 }),
    step.seccomp({ filter: ALLOW_ALL }),
    step.exec({ args }),
  ]
}

describe('joining a container', () => {
  let rootfs: Rootfs
  let running: Helper
  let pid: number
  let startTime: bigint
  beforeAll(async () => {
    rootfs = makeRootfs()
    running = start(
      container(rootfs.path, { args: ['sleep', '100'], inside: [step.hostname({ value: 'joined' })] }),
    )
    ;({ pid, startTime } = await running.message('started'))
  })
  afterAll(async () => {
    running.control.destroy()
    await running.closed
    rootfs.remove()
  })

  test('a command runs in its namespaces, as one of its users, in a session of its own', async () => {
    const { stdout, last } = await finish(
      joining(pid, startTime, [
        'sh',
        '-c',
        'hostname; id -u; id -G; echo $HOME; ls /; ps -o pid,comm; ls /proc/self/fd | tr "\\n" " "; grep -E "CapEff|NoNew|Seccomp:" /proc/self/status',
      ]),
    )
    expect(last).toMatchObject({ type: 'exited', code: 0 })
    expect(stdout).toContain('joined\n1000\n2000 3000\n/home/ann\nbin\ndata\ndev\n')
    expect(stdout).toMatch(/1 sleep\n/)
    expect(stdout).toContain('0 1 2 3 ')
    expect(stdout).toMatch(/CapEff:\s+0{16}\nNoNewPrivs:\s+1\nSeccomp:\s+2\n/)
  })

  test('the start time must be the right one', async () => {
    expect((await finish(joining(pid, startTime + 1n, ['true']))).last).toMatchObject({
      type: 'failed',
      op: OP.pidfd,
      errno: 3,
    })
    for (const bad of [0, -1, 2 ** 31]) {
      expect((await finish(joining(bad, startTime, ['true']))).last).toMatchObject({
        type: 'failed',
        op: OP.pidfd,
        errno: 3,
      })
    }
  })

  test('start time as the kernel tells it', () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    expect(BigInt(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '')).toBe(startTime)
  })

  test('one that joins cannot be looked into by a process with the very same rights', async () => {
    const fifo = join(rootfs.path, 'hold')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    const asRoot = (steps: Step[]) => steps.filter((one) => one.name !== 'user')
    // held in the open of a FIFO, when it has no right left that the container's own processes have not
    const hold = step.open({ slot: 9, flags: O_RDONLY, path: '/hold' })
    const held = start(asRoot(joining(pid, startTime, ['true'], [hold])))
    const isHeld = (one: number) => {
      const status = readOrNull(`/proc/${one}/status`) ?? ''
      return status.includes(`PPid:\t${held.process.pid}\n`) && /^CapEff:\t0{16}$/m.test(status)
    }
    await held.until('joiner', () => allPids().some(isHeld))
    const look = 'for p in /proc/[0-9]*; do echo $p $(for l in $p/exe $p/fd/*; do readlink $l; done); done'
    const { stdout } = await finish(asRoot(joining(pid, startTime, ['sh', '-c', look])))
    writeFileSync(fifo, '')
    await held.closed
    expect(held.messages.at(-1)).toMatchObject({ type: 'exited', code: 0 })
    const seen = stdout.trim().split('\n').sort()
    // the first process has more rights than who looks, the one held has the same, and the shell sees itself
    expect(seen.map((line) => line.replace(/^\S+ ?/, ''))).toEqual([
      '',
      '',
      expect.stringMatching(/^\/bin\/busybox /),
    ])
  })

  test('a process of the container cannot see into one that joins', async () => {
    // Everything that the container's root sees of the joiners while many come and go.
    const spy = start(
      joining(pid, startTime, [
        'sh',
        '-c',
        'echo go; i=0; while [ $i -lt 200 ]; do i=$((i+1)); for p in /proc/[0-9]*; do readlink $p/fd/* 2>/dev/null; done; done',
      ]).filter((s) => s.name !== 'user'),
    )
    await spy.says('go')
    while (
      (await Promise.race([
        spy.closed.then(() => 'end'),
        finish(joining(pid, startTime, ['true'])).then(() => 'next'),
      ])) === 'next'
    );
    await spy.closed
    expect(
      spy.stdout.split('\n').filter((l) => /^\/(?!proc|dev\/null|dev\/pts)/.test(l) || /execd|memfd/.test(l)),
    ).toEqual([])
  })
})
