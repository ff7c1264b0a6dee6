import { type MountOptions, parseMountOptions } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import {
  addStandardMounts,
  addUserMounts,
  bindsHostSys,
  mountAttributes,
} from '../../dist/isolation/mounts.js'
import {
  AT_RECURSIVE,
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
  MS_SHARED,
  MS_SLAVE,
  OPEN_TREE_CLONE,
} from '../../dist/linux/constants.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { SLOT_COUNT } from '../../dist/plan/ops.js'
import { step } from '../../dist/plan/steps.js'
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

describe('the mounts of a command', () => {
  const mounts = (...list: object[]) => {
    const command = commandOf({ mounts: list })
    return built((builder) => addUserMounts(builder, command.mounts))
  }
  const bind = (options: string[] = [], name = 'a') => ({
    type: 'bind',
    source: `/srv/${name}`,
    destination: `/mnt/${name}`,
    options,
  })

  test('a bind takes the whole tree, with its attributes and private', () => {
    expect(mounts(bind(['ro'])).steps).toEqual([
      step.openTree({ slot: 0, flags: OPEN_TREE_CLONE | AT_RECURSIVE, path: '/srv/a' }),
      step.setAttr({
        slot: 0,
        set: MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        clear: 0,
        recursive: true,
      }),
      step.setAttr({ slot: 0, propagation: MS_PRIVATE, recursive: true }),
      step.mount({ slot: 0, create: true, target: '/mnt/a' }),
    ])
  })

  test('one with nothing to set has its propagation set only', () => {
    expect(stepsNamed(mounts(bind(['suid', 'dev'])).steps, 'setAttr')).toEqual([
      step.setAttr({ slot: 0, propagation: MS_PRIVATE, recursive: true }),
    ])
  })

  test('"bind" takes the one mount only, and then nothing is recursive', () => {
    const { steps } = mounts(bind(['bind', 'ro']))
    expect(stepsNamed(steps, 'openTree')[0]?.flags).toBe(OPEN_TREE_CLONE)
    expect(stepsNamed(steps, 'setAttr').map((one) => one.recursive)).toEqual([false, false])
  })

  test.each([
    ['private', MS_PRIVATE, false],
    ['rprivate', MS_PRIVATE, true],
    ['shared', MS_SHARED, false],
    ['rshared', MS_SHARED, true],
    ['slave', MS_SLAVE, false],
    ['rslave', MS_SLAVE, true],
  ])('propagation %s', (word, propagation, recursive) => {
    expect(stepsNamed(mounts(bind([word])).steps, 'setAttr')[1]).toEqual(
      step.setAttr({ slot: 0, propagation, recursive }),
    )
  })

  test('a tmpfs has its options, and may lead through symbolic links inside the root', () => {
    const { steps } = mounts({
      type: 'tmpfs',
      destination: '/cache',
      options: ['size=1m', 'mode=1777', 'exec'],
    })
    expect(steps).toEqual([
      step.fsmount({
        slot: 0,
        attrs: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        type: 'tmpfs',
        options: [
          ['size', '1m'],
          ['mode', '1777'],
        ],
      }),
      step.mount({ slot: 0, create: true, target: '/cache' }),
    ])
  })

  test('they keep their order, and a failure names the one', () => {
    const { steps, about } = mounts(bind([], 'a'), { type: 'tmpfs', destination: '/t' }, bind([], 'b'))
    expect(stepsNamed(steps, 'mount').map((one) => one.target)).toEqual(['/mnt/a', '/t', '/mnt/b'])
    const actions = about.map((one) => `${one?.field} ${one?.action}`)
    expect(actions[0]).toBe('mounts[0] bind /srv/a')
    expect(actions).toContain('mounts[1] mount /t')
    expect(actions.at(-1)).toBe('mounts[2] mount /mnt/b')
  })

  test('256 of them need one slot, since each is done with its own at once', () => {
    const many = Array.from({ length: 256 }, (_, index) =>
      index % 2 === 0 ? bind([], `m${index}`) : { type: 'tmpfs', destination: `/t${index}` },
    )
    const { steps } = mounts(...many)
    const slots = stepsNamed(steps, 'mount').map((one) => one.slot)
    expect(slots).toHaveLength(256)
    expect(new Set(slots)).toEqual(new Set([0]))
  })

  test('100 of them fit beside the standard ones, and what those hold is not used again', () => {
    const list = Array.from({ length: 100 }, (_, index) => bind([], `m${index}`))
    const command = commandOf({ mounts: list })
    let slots = { dev: -1, pts: -1 }
    const { steps } = built((builder) => {
      const host = { shm: true, mqueue: true }
      slots = addStandardMounts(builder, command, { host, userNamespace: false, ttyGroup: true })
      addUserMounts(builder, command.mounts)
    })
    const user = stepsNamed(steps, 'openTree').map((one) => one.slot)
    expect(user).toHaveLength(100)
    expect(Math.max(...user)).toBeLessThan(SLOT_COUNT)
    expect(user).not.toContain(slots.dev)
    expect(user).not.toContain(slots.pts)
    expect(encodePlan(steps).readUInt32LE(12)).toBe(steps.length)
  })
})
