import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import * as linux from '../../dist/linux/constants.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { ALLOW_ALL, makeRootfs, NAMESPACES, type Rootfs } from './container.js'
import { Helper, INIT } from './harness.js'

const { test, describe } = requires('root', 'busybox', 'userns')

const UID = 54321

function rootless(rootfs: string, args: string[], more: { end?: Step[]; user?: Step[] } = {}): Step[] {
  const bindNode = (name: string, slot: number): Step[] => [
    step.openTree({ slot, flags: linux.OPEN_TREE_CLONE, path: `/dev/${name}` }),
    step.mount({ slot, create: true, target: `/dev/${name}` }),
  ]
  return [
    step.clone({ flags: NAMESPACES | linux.CLONE_NEWUSER | linux.CLONE_NEWCGROUP }),
    step.writeChild({ file: 'setgroups', data: 'deny' }),
    step.writeChild({ file: 'uid_map', data: `0 ${UID} 1\n` }),
    step.writeChild({ file: 'gid_map', data: `0 ${UID} 1\n` }),
    step.setIds({ uid: 0, gid: 0 }),
    step.propagate({ flags: linux.MS_REC | linux.MS_SLAVE }),
    step.openTree({ slot: 1, flags: linux.OPEN_TREE_CLONE | linux.AT_RECURSIVE, path: rootfs }),
    step.root({ slot: 1, hostPath: rootfs }),
    step.fsmount({ slot: 2, attrs: 0xe, type: 'proc' }),
    step.mount({ slot: 2, nofollow: true, target: '/proc' }),
    step.fsmount({ slot: 3, attrs: 2, type: 'tmpfs', options: [['mode', '755']] }),
    step.mount({ slot: 3, nofollow: true, target: '/dev' }),
    ...bindNode('null', 4),
    ...bindNode('zero', 5),
    step.open({ slot: 6, flags: linux.O_PATH, path: '/dev/null' }),
    step.nullDevice({ slot: 6 }),
    step.mask({ paths: ['/proc/version', '/proc/irq', '/proc/bus'] }),
    step.readonly({ paths: ['/proc/sys'] }),
    step.pivot(),
    step.hostname({ value: 'rootless' }),
    step.loopback(),
    step.sysctl({ key: 'net/ipv4/ip_unprivileged_port_start', value: '0' }),
    step.session({}),
    step.env({ variables: ['PATH=/bin'] }),
    step.noNewPrivs(),
    step.bound({ mask: 0xa80425fbn }),
    ...(more.user ?? [step.user({ uid: 0, gid: 0, flags: 2 })]),
    step.capset({ rootMask: 0xa80425fbn, ambient: 0n }),
    ...(more.end ?? []),
    step.chdir({ path: '/' }),
    step.pdeathsig({ signal: 9 }),
    step.seccomp({ filter: ALLOW_ALL }),
    step.exec({ args }),
  ]
}

describe('as an ordinary user', () => {
  let rootfs: Rootfs
  let folder: string
  beforeAll(() => {
    rootfs = makeRootfs()
    folder = mkdtempSync(join(tmpdir(), 'execd-helper-'))
    chmodSync(folder, 0o755)
    copyFileSync(INIT, join(folder, 'init'))
    chmodSync(join(folder, 'init'), 0o755)
  })
  afterAll(() => {
    rootfs.remove()
    rmSync(folder, { recursive: true })
  })

  async function run(steps: Step[]) {
    const helper = new Helper(encodePlan(steps), { uid: UID, program: join(folder, 'init') })
    helper.stdin.end()
    await helper.closed
    return Object.assign(helper, { last: helper.messages.at(-1) })
  }

  test('a container in a user namespace', async () => {
    const { stdout, stderr, last } = await run(
      rootless(rootfs.path, [
        'sh',
        '-c',
        'id -u; hostname; cat /proc/self/uid_map; stat -c %F /proc/version; ls /proc/irq | wc -w; echo > /dev/null; ifconfig lo | grep -c UP; echo $$',
      ]),
    )
    expect(stderr).toBe('')
    expect(last).toMatchObject({ type: 'exited', code: 0 })
    expect(stdout).toMatch(new RegExp(`^0\nrootless\n +0 +${UID} +1\ncharacter special file\n0\n1\n1\n$`))
  })

  test('the same with an init', async () => {
    const { stdout, last } = await run(
      rootless(rootfs.path, ['sh', '-c', 'echo $$; exit 9'], { end: [step.init()] }),
    )
    expect(last).toMatchObject({ type: 'exited', code: 9 })
    expect(stdout).toBe('2\n')
  })

  test('what an ordinary user may not do fails with the errno of the kernel', async () => {
    const user = [step.user({ uid: 1000, gid: 1000 })]
    expect((await run(rootless(rootfs.path, ['true'], { user }))).last).toMatchObject({
      type: 'failed',
      errno: 1,
    })
    const noUser = rootless(rootfs.path, ['true']).map((s) =>
      s.name === 'clone' ? { ...s, flags: NAMESPACES } : s,
    )
    expect((await run(noUser)).last).toMatchObject({ type: 'failed', step: 0, op: 1, errno: 1 })
  })
})
