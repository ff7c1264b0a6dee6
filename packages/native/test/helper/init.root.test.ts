import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { encodeKill } from '../../dist/plan/messages.js'
import { OP } from '../../dist/plan/ops.js'
import { step } from '../../dist/plan/steps.js'
import { container, makeRootfs, plain, type Rootfs } from './container.js'
import { finish, gone, start } from './harness.js'

const { test, describe } = requires('root', 'busybox')

describe('the init', () => {
  let rootfs: Rootfs
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())

  const plan = (script: string, more: object = {}) =>
    container(rootfs.path, { args: ['sh', '-c', script], end: [step.init()], ...more })

  test('the command is not pid 1, and its exit code is the container’s', async () => {
    const { stdout, last, messages } = await finish(plan('echo $$; exit 7'))
    expect(stdout).toBe('2\n')
    expect(messages.map((m) => m.type)).toEqual(['started', 'exited'])
    expect(last).toMatchObject({ code: 7, signal: null })
  })

  test('a signal that ends the command is reported as such', async () => {
    expect((await finish(plan('kill -SEGV $$'))).last).toMatchObject({
      type: 'exited',
      code: null,
      signal: 11,
    })
  })

  test('a limit on descriptors does not disturb it', async () => {
    const steps = plan('exit 6', { end: [step.rlimit({ resource: 7, soft: 12, hard: 12 }), step.init()] })
    expect((await finish(steps)).last).toMatchObject({ type: 'exited', code: 6 })
  })

  test('orphans are reaped', async () => {
    const { stdout, last } = await finish(
      plan('(sleep 0.1 &) ; (true &); (true &); sleep 0.3; ps -o stat,comm'),
    )
    expect(last).toMatchObject({ code: 0 })
    expect(stdout).not.toMatch(/^Z/m)
    expect(stdout).not.toContain('sleep')
  })

  test('signals are forwarded', async () => {
    const helper = start(plan('trap "echo term; exit 3" TERM; echo ready; while :; do sleep 0.02; done'))
    await helper.says('ready')
    helper.control.write(encodeKill(1, 15))
    await helper.closed
    expect(helper.stdout).toBe('ready\nterm\n')
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', code: 3 })
  })

  test('SIGKILL ends all', async () => {
    const helper = start(plan('sleep 100 & sleep 100'))
    const { pid } = await helper.message('started')
    helper.control.write(encodeKill(1, 9))
    await helper.closed
    await gone(pid)
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', signal: 9 })
  })

  test('the end of the command ends the others', async () => {
    const begin = Date.now()
    const { last } = await finish(plan('sleep 100 & exit 0'))
    expect(last).toMatchObject({ code: 0 })
    expect(Date.now() - begin).toBeLessThan(2000)
  })

  test('the init holds no pipe and no descriptor but its own, and cannot be traced', async () => {
    const helper = start(plan('exec >&- 2>&-; sleep 100'))
    await helper.message('started')
    await helper.stdoutEnded
    helper.control.destroy()
    await helper.closed
    const { stdout } = await finish(
      plan('ls /proc/1/fd | tr "\\n" " "; stat -c %u /proc/1/environ', { user: { uid: 1000, gid: 1000 } }),
    )
    expect(stdout).toBe('0\n')
  })

  test('a command that cannot be executed, and an init outside of a pid namespace, fail', async () => {
    expect(
      (await finish(container(rootfs.path, { args: ['nope'], end: [step.init()] }))).messages,
    ).toMatchObject([{ type: 'failed', op: OP.exec, errno: 2 }])
    expect((await finish(plain(['true'], { end: [step.init()] }))).last).toMatchObject({
      type: 'failed',
      op: OP.init,
      errno: 22,
    })
  })

  test('a fork that dies before its exec is a failure to start', async () => {
    // RLIMIT_AS of nothing: the exec destroys the old program and cannot map the new one, so the kernel kills it.
    const steps = plan('true', { end: [step.init(), step.rlimit({ resource: 9, soft: 4096, hard: 4096 })] })
    const { messages } = await finish(steps)
    expect(messages.map((m) => m.type)).toEqual(['failed'])
  })
})
