import type { DeviceNode } from '@execd/linux/devices'
import { describe, expect, test } from '@jest/globals'
import { addDevices } from '../../dist/isolation/devices.js'
import {
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_PATH,
  OPEN_TREE_CLONE,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFREG,
} from '../../dist/linux/constants.js'
import { step } from '../../dist/plan/steps.js'
import { built, commandOf, only, stepsNamed } from './support/inputs.js'

const node = (path: string, more: Partial<DeviceNode> = {}): DeviceNode => ({
  path,
  type: 'c',
  major: 10,
  minor: 200,
  fileMode: 0o600,
  uid: 0,
  gid: 0,
  ...more,
})

function devices(nodes: readonly DeviceNode[] = [], { terminal = false, userNamespace = false } = {}) {
  const command = commandOf({ process: { terminal } })
  return built((builder) => {
    const dev = builder.slot()
    addDevices(builder, command, nodes, { dev, userNamespace })
  })
}

const STANDARD = [
  ['/dev/null', 1, 3],
  ['/dev/zero', 1, 5],
  ['/dev/full', 1, 7],
  ['/dev/random', 1, 8],
  ['/dev/urandom', 1, 9],
  ['/dev/tty', 5, 0],
] as const

describe('outside of a user namespace', () => {
  test('the six standard nodes are made, for everybody', () => {
    expect(stepsNamed(devices().steps, 'node')).toEqual(
      STANDARD.map(([path, major, minor]) =>
        step.node({ mode: S_IFCHR | 0o666, major, minor, uid: 0, gid: 0, path }),
      ),
    )
  })

  test('links to the own descriptors and to the multiplexer of the own terminals', () => {
    expect(stepsNamed(devices().steps, 'symlink').map(({ path, target }) => `${path} ${target}`)).toEqual([
      '/dev/fd /proc/self/fd',
      '/dev/stdin /proc/self/fd/0',
      '/dev/stdout /proc/self/fd/1',
      '/dev/stderr /proc/self/fd/2',
      '/dev/ptmx pts/ptmx',
    ])
  })

  test('the null device for masks is the new one, opened below the new /dev', () => {
    const { steps } = devices()
    expect(steps.slice(-2)).toEqual([
      step.open({ slot: 1, dir: 0, flags: O_PATH, type: S_IFCHR, path: 'null' }),
      step.nullDevice({ slot: 1 }),
    ])
  })

  test('created ones have their kind, mode and owner, and the folders that they need, once', () => {
    const { steps, about } = devices([
      node('/dev/net/tun'),
      node('/dev/net/deep/x', { type: 'b', major: 8, minor: 1, fileMode: 0o640, uid: 3, gid: 4 }),
      node('/dev/pipe', { type: 'p', major: 0, minor: 0 }),
    ])
    expect(stepsNamed(steps, 'dir')).toEqual([
      step.dir({ mode: 0o755, path: '/dev/net' }),
      step.dir({ mode: 0o755, path: '/dev/net/deep' }),
    ])
    expect(stepsNamed(steps, 'node').slice(6)).toEqual([
      step.node({ mode: S_IFCHR | 0o600, major: 10, minor: 200, uid: 0, gid: 0, path: '/dev/net/tun' }),
      step.node({ mode: S_IFBLK | 0o640, major: 8, minor: 1, uid: 3, gid: 4, path: '/dev/net/deep/x' }),
      step.node({ mode: S_IFIFO | 0o600, major: 0, minor: 0, uid: 0, gid: 0, path: '/dev/pipe' }),
    ])
    const last = steps.findIndex((one) => one.name === 'node' && one.path === '/dev/pipe')
    expect(about[last]).toEqual({
      code: 'EXECD_DEVICE',
      field: 'devices.created[2]',
      action: 'make /dev/pipe',
    })
  })

  test('one of the own in place of a standard one is made alone', () => {
    const { steps } = devices([node('/dev/random', { minor: 9, major: 1 })])
    const made = stepsNamed(steps, 'node').filter((one) => one.path === '/dev/random')
    expect(made).toMatchObject([{ major: 1, minor: 9, mode: S_IFCHR | 0o600 }])
    expect(stepsNamed(steps, 'node')).toHaveLength(6)
  })

  test('with a terminal there is a file for /dev/console to be bound onto', () => {
    const consoles = (terminal: boolean) =>
      stepsNamed(devices([], { terminal }).steps, 'node').filter((one) => one.path === '/dev/console')
    expect(consoles(true)).toEqual([step.node({ mode: S_IFREG | 0o600, path: '/dev/console' })])
    expect(consoles(false)).toEqual([])
  })
})

describe('in a user namespace', () => {
  test("no node is made: the host's are bound, without programs", () => {
    const { steps } = devices([], { userNamespace: true })
    expect(stepsNamed(steps, 'node')).toEqual([])
    expect(stepsNamed(steps, 'openTree').map(({ flags, path }) => [flags, path])).toEqual(
      STANDARD.map(([path]) => [OPEN_TREE_CLONE, path]),
    )
    expect(stepsNamed(steps, 'mount')).toMatchObject(
      STANDARD.map(([target]) => ({ target, create: true, nofollow: true })),
    )
    expect(new Set(stepsNamed(steps, 'setAttr').map((one) => one.set))).toEqual(
      new Set([MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC]),
    )
  })

  test('a FIFO can be made all the same, and the file for the console', () => {
    const { steps } = devices([node('/dev/pipe', { type: 'p' })], { userNamespace: true, terminal: true })
    expect(stepsNamed(steps, 'node').map((one) => one.path)).toEqual(['/dev/pipe', '/dev/console'])
  })

  test('100 devices fit, since each gives its slot back', () => {
    const many = Array.from({ length: 100 }, (_, index) => node(`/dev/x${index}`))
    const { steps } = devices(many, { userNamespace: true })
    expect(stepsNamed(steps, 'mount')).toHaveLength(106)
    expect(new Set(stepsNamed(steps, 'mount').map((one) => one.slot)).size).toBe(1)
    expect(only(steps, 'nullDevice').slot).not.toBe(0)
  })
})
