import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test as plainTest } from '@jest/globals'
import {
  CLONE_NEWNS,
  CLONE_NEWPID,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from '../../dist/linux/constants.js'
import { encodeKillAll } from '../../dist/plan/messages.js'
import { OP } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { container, makeRootfs, plain, type Rootfs } from './container.js'
import { finish, isGone, start } from './harness.js'

const { test, describe } = requires('root', 'busybox', 'cgroups')

/** Where the cgroups of a hierarchy are: from the mount table, with the path of the type's option. */
function hierarchy(wanted: string): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const [type, , options = ''] = right.split(' ')
    if (type === wanted || (type === 'cgroup' && options.split(',').includes(wanted)))
      return left.split(' ')[4]
  }
  return undefined
}

// Both kinds, as far as the host has them: the v1 freezer hierarchy and any v2 mount.
const kinds = (
  [
    [1, hierarchy('freezer')],
    [2, hierarchy('cgroup2')],
  ] as const
).filter((kind): kind is readonly [1 | 2, string] => kind[1] !== undefined)

const FOREVER = 'while :; do sleep 0.01; done'

describe.each(kinds)('cgroup v%i', (version, mount) => {
  let rootfs: Rootfs
  let folder: string
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())
  beforeEach(() => {
    folder = join(mount, `execd-helper-${process.pid}-${Math.random().toString(36).slice(2)}`)
    mkdirSync(folder)
  })
  afterEach(() => {
    if (existsSync(folder)) rmdirSync(folder)
  })

  const open = (): Step[] => [
    step.open({ phase: 'host', slot: 20, flags: O_PATH | O_DIRECTORY, type: 0o040000, path: folder }),
    step.open({ phase: 'host', slot: 21, flags: O_PATH | O_DIRECTORY, path: dirname(folder) }),
    ...(version === 1
      ? [step.open({ phase: 'host', slot: 22, dir: 20, flags: O_WRONLY, path: 'tasks' })]
      : []),
  ]
  const join_ = version === 1 ? [step.writeFd({ slot: 22, data: '0' })] : []
  const clone = version === 2 ? { cgroupSlot: 20 } : {}
  const clean = (timeoutMs = 3000): Step[] => [
    step.cgroupKill({ dir: 20, version, timeoutMs }),
    step.rmdir({ dir: 21, recursive: true, timeoutMs, file: basename(folder) }),
  ]

  const inHost = (script: string, more: Step[] = [], detached = false) => [
    ...plain(['sh', '-c', script], { host: open(), clone: { ...clone, detached }, end: join_ }),
    ...more,
    ...clean(),
  ]

  test('the child is in it before it runs, a file of it is reported, and it is gone afterwards', async () => {
    const steps = [
      ...container(rootfs.path, { args: ['cat', '/proc/self/cgroup'], host: open(), clone, first: join_ }),
      step.read({ dir: 20, file: 'cgroup.procs' }),
      step.read({ dir: 20, file: 'not-there' }),
      step.read({ dir: 20, file: '../cgroup.procs' }),
      ...clean(),
    ]
    const { stdout, last } = await finish(steps)
    expect(stdout).toContain(basename(folder))
    expect(last).toMatchObject({ type: 'exited', code: 0, cleanupErrors: [] })
    if (last?.type !== 'exited') return
    expect(last.reads.map((r) => r.errno)).toEqual([0, 2, 18])
    expect(last.reads[0]?.data.toString()).toBe('')
    expect(existsSync(folder)).toBe(false)
  })

  test('a daemon that left its parent is killed and reaped when the command ends', async () => {
    const { stdout, last } = await finish(
      inHost(`(setsid sh -c 'echo $$; exec >&- 2>&-; ${FOREVER}' &) | head -n 1`),
    )
    expect(last).toMatchObject({ type: 'exited', code: 0, cleanupErrors: [] })
    expect(Number(stdout)).toBeGreaterThan(1)
    expect(await isGone(Number(stdout))).toBe(true)
    expect(existsSync(folder)).toBe(false)
  })

  test('so is one in a cgroup below', async () => {
    const sub = join(folder, 'a/b')
    const { stdout, last } = await finish(
      inHost(
        `mkdir -p ${sub}; (setsid sh -c 'echo $$ > ${sub}/cgroup.procs; echo $$; exec >&- 2>&-; ${FOREVER}' &) ; sleep 0.2`,
      ),
    )
    expect(last).toMatchObject({ type: 'exited', code: 0, cleanupErrors: [] })
    expect(await isGone(Number(stdout))).toBe(true)
    expect(existsSync(folder)).toBe(false)
  })

  test('a process that forks all the time does not get away', async () => {
    const fork = 'f() { (f &); exit; }; i=0; while [ $i -lt 8 ]; do (f &); i=$((i+1)); done; sleep 0.2'
    const { last } = await finish(inHost(`${fork}`))
    expect(last).toMatchObject({ type: 'exited', cleanupErrors: [] })
    expect(existsSync(folder)).toBe(false)
  })

  test('Node’s death, and a kill of all, end what is in it', async () => {
    for (const end of ['node', 'kill'] as const) {
      if (!existsSync(folder)) mkdirSync(folder)
      const helper = start(inHost(`(setsid sh -c 'echo $$; ${FOREVER}' &) ; ${FOREVER}`))
      await helper.until('pid of the daemon', () => helper.stdout.includes('\n'))
      if (end === 'node') helper.control.destroy()
      else helper.control.write(encodeKillAll(3))
      await helper.closed
      expect(await isGone(Number(helper.stdout))).toBe(true)
      expect(existsSync(folder)).toBe(false)
      if (end === 'kill')
        expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: 9, cleanupErrors: [] })
    }
  })

  test('a frozen container is killed too', async () => {
    const helper = start(inHost(FOREVER))
    await helper.message('started')
    writeFileSync(
      join(folder, version === 1 ? 'freezer.state' : 'cgroup.freeze'),
      version === 1 ? 'FROZEN' : '1',
    )
    await delay(50)
    helper.control.write(encodeKillAll(3))
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: 9, cleanupErrors: [] })
  })

  test('a failed start cleans up as well', async () => {
    const { last } = await finish([
      ...plain(['not-there'], { host: open(), clone, end: join_ }),
      step.rmdir({ dir: 21, timeoutMs: 0, file: 'a/b' }),
      ...clean(),
    ])
    expect(last).toMatchObject({ type: 'failed', op: OP.exec, errno: 2 })
    if (last?.type === 'failed') expect(last.cleanupErrors.map((e) => e.errno)).toEqual([22])
    expect(existsSync(folder)).toBe(false)
  })

  test('only a group that was made is removed: its descriptor guards it', async () => {
    const made = join(folder, 'made')
    const taken = join(folder, 'taken')
    mkdirSync(taken)
    const group = (slot: number, name: string, existOk = false): Step[] => [
      step.mkdir({ phase: 'host', dir: 20, mode: 0o755, existOk, file: name }),
      step.open({ phase: 'host', slot, dir: 20, flags: O_PATH | O_DIRECTORY, path: name }),
    ]
    const remove = (slot: number, name: string): Step[] => [
      step.cgroupKill({ dir: slot, version, timeoutMs: 3000 }),
      step.rmdir({ dir: 20, recursive: true, timeoutMs: 3000, file: name, guard: slot }),
    ]
    const { last } = await finish([
      ...plain(['true'], { host: [...open(), ...group(23, 'made'), ...group(24, 'taken')] }),
      ...remove(23, 'made'),
      ...remove(24, 'taken'),
    ])
    expect(last).toMatchObject({ type: 'failed', op: OP.mkdir, errno: 17, cleanupErrors: [] })
    expect([existsSync(made), existsSync(taken)]).toEqual([false, true])
    rmdirSync(taken)
  })

  test('a group is removed by descriptor after the monitor has entered a container', async () => {
    const running = start(container(rootfs.path, { args: ['sleep', '100'] }))
    const { pid, startTime } = await running.message('started')
    const exec = join(folder, 'exec')
    const { last, stdout } = await finish([
      ...open(),
      step.mkdir({ phase: 'host', dir: 20, mode: 0o755, file: 'exec' }),
      step.open({ phase: 'host', slot: 23, dir: 20, flags: O_PATH | O_DIRECTORY, path: 'exec' }),
      step.pidfd({ slot: 24, pid, startTime }),
      step.setns({ phase: 'host', slot: 24, flags: CLONE_NEWNS | CLONE_NEWPID }),
      step.clone({ flags: 0, cgroupSlot: version === 2 ? 23 : -1 }),
      step.env({ variables: ['PATH=/bin'] }),
      step.exec({ args: ['ls', '/'] }),
      step.cgroupKill({ dir: 23, version, timeoutMs: 3000 }),
      step.rmdir({ dir: 20, recursive: true, timeoutMs: 3000, file: 'exec', guard: 23 }),
    ])
    expect(stdout).toContain('bin\ndata\n')
    expect(last).toMatchObject({ type: 'exited', code: 0, cleanupErrors: [] })
    expect(existsSync(exec)).toBe(false)
    running.control.destroy()
    await running.closed
  })

  test('what is busy is reported when the time is over', async () => {
    const other = start(plain(['sleep', '100'], { host: open(), clone, end: join_ }))
    await other.message('started')
    const { last } = await finish([
      ...plain(['true'], { host: open() }),
      step.rmdir({ dir: 21, recursive: true, timeoutMs: 50, file: basename(folder) }),
    ])
    expect(last).toMatchObject({ type: 'exited', code: 0, cleanupErrors: [{ errno: 16 }] })
    other.control.destroy()
    await other.closed
  })
})

const v2 = kinds.find(([version]) => version === 2)?.[1]

test('a device program that refuses all is in force before the command runs', async () => {
  if (v2 === undefined) return expect(kinds).toHaveLength(1)
  const folder = join(v2, `execd-helper-${process.pid}-devices`)
  mkdirSync(folder)
  // struct bpf_insn: r0 = 0; exit
  const program = Buffer.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
  const host = [
    step.open({ phase: 'host', slot: 20, flags: O_PATH | O_DIRECTORY, path: folder }),
    step.open({ phase: 'host', slot: 21, flags: O_RDONLY | O_DIRECTORY, path: folder }),
    step.deviceProgram({ phase: 'host', slot: 21, program }),
  ]
  try {
    const { stderr } = await finish(
      plain(['sh', '-c', 'echo < /dev/zero'], { host, clone: { cgroupSlot: 20 } }),
    )
    expect(stderr).toMatch(/not permitted/)
  } finally {
    rmdirSync(folder)
  }
})

plainTest('a kernel with cgroups has at least one kind to test', () => {
  expect(existsSync('/proc/cgroups') ? kinds.length : 1).toBeGreaterThan(0)
})
