import { type MountOptions, parseMountOptions } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { addStandardMounts, bindsHostSys, mountAttributes } from '../../dist/isolation/mounts.js'
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
} from '../../dist/linux/constants.js'
import { built, commandOf, stepsNamed } from './support/inputs.js'

const SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC

describe('mountAttributes', () => {
  const attributes = (type: 'bind' | 'tmpfs', ...words: string[]) =>
    mountAttributes(parseMountOptions(type, words).options)

  test.each<[string[], number, number]>([
    [[], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0],
    [['suid', 'dev'], 0, 0],
    [['ro'], MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0],
    [['noexec'], SAFE, 0],
    [['suid', 'dev', 'nodiratime'], MOUNT_ATTR_NODIRATIME, 0],
    [['suid', 'dev', 'nosymfollow'], MOUNT_ATTR_NOSYMFOLLOW, 0],
    [['suid', 'dev', 'relatime'], 0, 0],
    // the access time values are one field, which must be cleared to be set
    [['suid', 'dev', 'noatime'], MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME],
    [['suid', 'dev', 'strictatime'], MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME],
    [['ro', 'rw', 'suid', 'dev'], 0, 0],
  ])('of a bind with %j', (words, set, clear) => {
    expect(attributes('bind', ...words)).toEqual({ set, clear })
  })

  test('a tmpfs is noexec unless it says exec', () => {
    expect(attributes('tmpfs').set).toBe(SAFE)
    expect(attributes('tmpfs', 'exec').set).toBe(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
  })

  test('nothing that the words do not ask for is cleared: it may be locked', () => {
    const off: MountOptions = {
      ...parseMountOptions('bind', []).options,
      nosuid: false,
      nodev: false,
      readonly: false,
    }
    expect(mountAttributes(off)).toEqual({ set: 0, clear: 0 })
  })
})

describe('the standard mounts', () => {
  const context = { host: { shm: true, mqueue: true }, userNamespace: false, ttyGroup: true }
  const standard = (input: object = {}, more: Partial<typeof context> = {}, label: string | null = null) => {
    let slots = { dev: -1, pts: -1 }
    const plan = built((builder) => {
      slots = addStandardMounts(builder, commandOf({ ...input }), { ...context, ...more })
    }, label)
    return { ...plan, ...slots }
  }
  const targets = (plan: ReturnType<typeof standard>) =>
    stepsNamed(plan.steps, 'mount').map((one) => one.target)

  test('come in this order, each made where it is missing and through no symbolic link', () => {
    const plan = standard()
    expect(targets(plan)).toEqual(['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys'])
    expect(stepsNamed(plan.steps, 'mount').every((one) => one.create && one.nofollow)).toBe(true)
    expect(stepsNamed(plan.steps, 'fsmount').map((one) => [one.type, one.attrs])).toEqual([
      ['proc', SAFE],
      ['tmpfs', MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME],
      ['devpts', MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC],
      ['tmpfs', SAFE],
      ['mqueue', SAFE],
      ['sysfs', SAFE | MOUNT_ATTR_RDONLY],
    ])
  })

  test('every mount is attached from the slot that it was made in; dev and pts are told', () => {
    const plan = standard()
    const made = stepsNamed(plan.steps, 'fsmount').map((one) => one.slot)
    expect(stepsNamed(plan.steps, 'mount').map((one) => one.slot)).toEqual(made)
    expect([plan.dev, plan.pts]).toEqual([made[1], made[2]])
  })

  test('group tty owns the terminals where it exists', () => {
    const options = (ttyGroup: boolean) =>
      stepsNamed(standard({}, { ttyGroup }).steps, 'fsmount').find((one) => one.type === 'devpts')?.options
    const common = [
      ['newinstance', ''],
      ['ptmxmode', '0666'],
      ['mode', '0620'],
    ]
    expect(options(true)).toEqual([...common, ['gid', '5']])
    expect(options(false)).toEqual(common)
  })

  test('/sys may be written only by a privileged process', () => {
    const [sys] = stepsNamed(standard({ process: { privileged: true } }).steps, 'fsmount').slice(-1)
    expect(sys).toMatchObject({ type: 'sysfs', attrs: SAFE })
  })

  test("with the host's IPC its folders are bound, as far as the host has them", () => {
    const input = { namespaces: { ipc: 'host' } }
    const binds = (more: object) => stepsNamed(standard(input, more).steps, 'openTree').map((one) => one.path)
    expect(binds({})).toEqual(['/dev/shm', '/dev/mqueue'])
    expect(binds({ host: { shm: true, mqueue: false } })).toEqual(['/dev/shm'])
    expect(binds({ host: { shm: false, mqueue: true } })).toEqual(['/dev/mqueue'])
    expect(binds({ host: { shm: false, mqueue: false } })).toEqual([])
    const types = stepsNamed(standard(input).steps, 'fsmount').map((one) => one.type)
    expect(types).toEqual(['proc', 'tmpfs', 'devpts', 'sysfs'])
    expect(stepsNamed(standard(input).steps, 'setAttr')[0]).toMatchObject({
      set: SAFE,
      propagation: MS_PRIVATE,
      recursive: true,
    })
  })

  test.each([
    ['none', {}, false],
    ['bridge', { interfaces: [{ bridge: 'br0' }] }, false],
    ['host', {}, true],
    ['container', { container: 'other' }, true],
    ['path', { path: '/run/netns/x' }, true],
  ])("network %s in a user namespace: the host's /sys is bound: %s", (mode, more, bound) => {
    const input = { network: { mode, ...more } }
    expect(bindsHostSys(commandOf(input), true)).toBe(bound)
    expect(bindsHostSys(commandOf(input), false)).toBe(false)
    const plan = standard(input, { userNamespace: true })
    expect(stepsNamed(plan.steps, 'openTree').map((one) => one.path)).toEqual(bound ? ['/sys'] : [])
    expect(stepsNamed(plan.steps, 'fsmount').some((one) => one.type === 'sysfs')).toBe(!bound)
    if (bound) expect(stepsNamed(plan.steps, 'setAttr')[0]?.set).toBe(SAFE | MOUNT_ATTR_RDONLY)
  })

  test('a mount label is on the file systems of the container’s own, and only on those that take one', () => {
    const plan = standard({}, {}, 'label')
    const labelled = stepsNamed(plan.steps, 'fsmount').map(
      (one) =>
        [one.type, one.options?.some(([key, value]) => key === 'context' && value === 'label')] as const,
    )
    expect(labelled).toEqual([
      ['proc', false],
      ['tmpfs', true],
      ['devpts', true],
      ['tmpfs', true],
      ['mqueue', true],
      ['sysfs', false],
    ])
  })

  test('a failure is told by the place', () => {
    const { steps, about } = standard()
    for (const [index, one] of steps.entries()) {
      if (one.name !== 'mount') continue
      expect(about[index]).toMatchObject({ code: 'EXECD_MOUNT', action: `mount ${one.target}` })
    }
  })
})
