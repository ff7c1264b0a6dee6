import { describe, expect, test } from '@jest/globals'
import { addSharedSources, addStandardMounts, addUserMounts } from '../../dist/isolation/mounts.js'
import {
  AT_RECURSIVE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  OPEN_TREE_CLONE,
} from '../../dist/linux/constants.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { SLOT_COUNT } from '../../dist/plan/ops.js'
import { step } from '../../dist/plan/steps.js'
import { built, commandOf, stepsNamed } from './support/inputs.js'

describe('the mounts of a command', () => {
  const mounts = (...list: object[]) => {
    const command = commandOf({ mounts: list })
    return built((builder) => {
      const shared = addSharedSources(builder, command.mounts)
      addUserMounts(builder, command.mounts, shared)
    })
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
        propagation: MS_PRIVATE,
        recursive: true,
      }),
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
    expect(stepsNamed(steps, 'setAttr').map((one) => one.recursive)).toEqual([false])
  })

  test.each([
    ['private', MS_PRIVATE, false],
    ['rprivate', MS_PRIVATE, true],
    ['shared', MS_SHARED, false],
    ['rshared', MS_SHARED, true],
    ['slave', MS_SLAVE, false],
    ['rslave', MS_SLAVE, true],
  ])('propagation %s', (word, propagation, recursive) => {
    expect(stepsNamed(mounts(bind([word])).steps, 'setAttr').at(-1)).toMatchObject({ propagation, recursive })
  })

  test('sources that share with the host are cloned before all else, in slots of their own', () => {
    const command = commandOf({
      mounts: [bind(['shared'], 'a'), bind([], 'b'), bind(['rshared', 'bind'], 'c'), bind(['rslave'], 'd')],
    })
    let shared = new Map<number, number>()
    const first = built((builder) => {
      shared = addSharedSources(builder, command.mounts)
    })
    expect(first.steps).toEqual([
      step.openTree({ slot: 0, flags: OPEN_TREE_CLONE | AT_RECURSIVE, path: '/srv/a' }),
      step.openTree({ slot: 1, flags: OPEN_TREE_CLONE, path: '/srv/c' }),
    ])
    expect(first.about.map((one) => `${one?.field} ${one?.action}`)).toEqual([
      'mounts[0] bind /srv/a',
      'mounts[2] bind /srv/c',
    ])
    expect([...shared]).toEqual([
      [0, 0],
      [2, 1],
    ])
    const { steps } = mounts(...command.mounts)
    expect(stepsNamed(steps, 'openTree').map((one) => one.path)).toEqual(
      ['a', 'c', 'b', 'd'].map((name) => `/srv/${name}`),
    )
    // each is attached in its turn, from the slot that its source was cloned into
    const slotOf = new Map(stepsNamed(steps, 'openTree').map((one) => [one.path, one.slot]))
    const attached = stepsNamed(steps, 'mount').map(({ target, slot }) => [target, slot])
    expect(attached[0]).toEqual(['/mnt/a', slotOf.get('/srv/a')])
    expect(attached[2]).toEqual(['/mnt/c', slotOf.get('/srv/c')])
    expect(attached.map(([target]) => target)).toEqual(['/mnt/a', '/mnt/b', '/mnt/c', '/mnt/d'])
  })

  test('more shared ones than there are slots is an error that speaks of the mounts', () => {
    const many = Array.from({ length: 100 }, (_, index) => bind(['shared'], `m${index}`))
    expect(() => mounts(...many)).toThrow(
      expect.objectContaining({
        code: 'EXECD_INVALID_COMMAND',
        details: expect.objectContaining({ path: expect.stringMatching(/^mounts/) }),
      }),
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
      addUserMounts(builder, command.mounts, new Map())
    })
    const user = stepsNamed(steps, 'openTree').map((one) => one.slot)
    expect(user).toHaveLength(100)
    expect(Math.max(...user)).toBeLessThan(SLOT_COUNT)
    expect(user).not.toContain(slots.dev)
    expect(user).not.toContain(slots.pts)
    expect(encodePlan(steps).readUInt32LE(12)).toBe(steps.length)
  })
})
