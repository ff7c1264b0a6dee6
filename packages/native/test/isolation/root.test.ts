import { describe, expect, test } from '@jest/globals'
import { addReadonlyRoot, addRoot } from '../../dist/isolation/root.js'
import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
  S_IFDIR,
} from '../../dist/linux/constants.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { built, commandOf, folder, indexOf, ROOT, stepsNamed } from './support/inputs.js'

const SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
const fd = (slot: number) => `/proc/self/fd/${64 + slot}`
const directory = (slot: number, path: string): Step =>
  step.open({ slot, flags: O_PATH | O_DIRECTORY, type: S_IFDIR, path })

function root(rootfs: unknown, { userNamespace = false, host = ROOT } = {}) {
  let slot = -1
  const plan = built((builder) => {
    slot = addRoot(builder, commandOf({ rootfs }), host, { userNamespace, mapped: null })
  })
  return { ...plan, slot }
}
const overlays = (steps: readonly Step[]) =>
  stepsNamed(steps, 'fsmount')
    .filter((one) => one.type === 'overlay')
    .map((one) => Object.fromEntries(one.options ?? []))
const folders = (steps: readonly Step[]) => stepsNamed(steps, 'dir').map((one) => one.path)

describe.each([false, true])('in a user namespace: %s', (userNamespace) => {
  test('a directory is checked to be one, and bound with what is mounted below it', () => {
    const { steps, slot, about } = root('/srv/root', { userNamespace })
    expect(steps).toEqual([
      directory(0, '/srv/root'),
      step.openTree({ slot: 1, dir: 0, flags: OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH, path: '' }),
      step.setAttr({ slot: 1, propagation: MS_PRIVATE, recursive: true }),
      step.root({ slot: 1, hostPath: '/' }),
    ])
    expect(slot).toBe(1)
    expect(about[0]).toMatchObject({ code: 'EXECD_ROOTFS', field: 'rootfs.path' })
  })

  test('an overlay with a throw-away layer: the layers are in a tmpfs of the size', () => {
    const { steps, slot } = root({ type: 'overlay', lower: ['/a', '/b:c'], size: '1MiB' }, { userNamespace })
    expect(steps.slice(0, 2)).toEqual([directory(0, '/a'), directory(1, '/b:c')])
    expect(steps.slice(2, 6)).toEqual([
      step.fsmount({
        slot: 2,
        attrs: SAFE,
        type: 'tmpfs',
        options: [
          ['mode', '0755'],
          ['size', '1048576'],
        ],
      }),
      step.root({ slot: 2, hostPath: '/' }),
      step.dir({ mode: 0o755, path: '/upper' }),
      step.dir({ mode: 0o755, path: '/work' }),
    ])
    // by descriptor, so that a colon in a path is no separator
    expect(overlays(steps)).toEqual([
      {
        lowerdir: `${fd(0)}:${fd(1)}`,
        upperdir: `${fd(2)}/upper`,
        workdir: `${fd(2)}/work`,
        ...(userNamespace ? { userxattr: '' } : {}),
      },
    ])
    expect(steps.at(-1)).toEqual(step.root({ slot, hostPath: '/' }))
  })

  test('an overlay with a kept layer needs no tmpfs', () => {
    const rootfs = { type: 'overlay', lower: '/a', upper: '/u', work: '/w' }
    const { steps, about } = root(rootfs, { userNamespace })
    expect(steps.slice(0, 3)).toEqual([directory(0, '/a'), directory(1, '/u'), directory(2, '/w')])
    expect(about.slice(0, 3).map((one) => one?.field)).toEqual([
      'rootfs.lower',
      'rootfs.upper',
      'rootfs.work',
    ])
    expect(overlays(steps)).toMatchObject([{ lowerdir: fd(0), upperdir: fd(1), workdir: fd(2) }])
    expect(stepsNamed(steps, 'fsmount')).toHaveLength(1)
    expect(stepsNamed(steps, 'root')).toHaveLength(1)
  })

  test("of the host's root the secrets, other file systems and what has a mount of its own are not shown", () => {
    const { steps } = root({ type: 'host' }, { userNamespace })
    const opened = stepsNamed(steps, 'open').map((one) => one.path)
    expect(opened).toEqual(userNamespace ? ['/etc', '/usr'] : ['/'])
    const covered = userNamespace ? folders(steps) : stepsNamed(steps, 'mount').map((one) => one.target)
    for (const path of ['/run', '/tmp', '/root', '/home', '/boot', '/media', '/mnt'])
      expect(covered).toContain(path)
  })
})

describe("the host's files", () => {
  test('are one overlay with empty folders on top, where nothing forbids it', () => {
    const { steps, slot } = root({ type: 'host', size: '1MiB' })
    expect(overlays(steps)).toEqual([
      { lowerdir: fd(0), upperdir: `${fd(1)}/upper`, workdir: `${fd(1)}/work` },
    ])
    const overlay = stepsNamed(steps, 'fsmount').find((one) => one.type === 'overlay')
    expect(overlay).toMatchObject({ slot, attrs: SAFE })
    const empty = stepsNamed(steps, 'fsmount')
      .filter((one) => one.type === 'tmpfs')
      .slice(1)
    expect(empty.map((one) => Object.fromEntries(one.options ?? []))).toEqual(
      ['0755', '1777', '0700', '0755', '0755', '0755', '0755'].map((mode) => ({ mode, size: '1048576' })),
    )
    expect(stepsNamed(steps, 'mount').map((one) => one.target)).toEqual([
      ...['/run', '/tmp', '/root', '/home', '/boot', '/media', '/mnt'],
    ])
    expect(stepsNamed(steps, 'mount').every((one) => one.nofollow === true)).toBe(true)
  })

  test('are one overlay for each folder in a user namespace, in a new root with the links', () => {
    const { steps, slot } = root({ type: 'host', size: '1MiB' }, { userNamespace: true })
    const scratch = stepsNamed(steps, 'fsmount')[0]
    expect(scratch).toMatchObject({ type: 'tmpfs', attrs: SAFE })
    expect(scratch?.options).toContainEqual(['size', '1048576'])
    expect(overlays(steps)).toEqual(
      [0, 1].map((index) => ({
        lowerdir: fd(index),
        upperdir: `${fd(2)}/upper/${index}`,
        workdir: `${fd(2)}/work/${index}`,
        userxattr: '',
      })),
    )
    expect(stepsNamed(steps, 'mount').map((one) => one.target)).toEqual(['/etc', '/usr'])
    expect(stepsNamed(steps, 'symlink')).toEqual([step.symlink({ target: 'usr/bin', path: '/bin' })])
    expect(folders(steps).slice(-3)).toEqual(['/dev', '/proc', '/sys'])
    expect(stepsNamed(steps, 'dir').find((one) => one.path === '/tmp')?.mode).toBe(0o1777)
    expect(stepsNamed(steps, 'dir').find((one) => one.path === '/root')?.mode).toBe(0o700)
    // the folders of the layers are made before the root is: names are looked up below the last one chosen
    const chosen = indexOf(steps, (one) => one.name === 'root' && one.slot === slot)
    const inLayers = (one: Step) => one.name === 'dir' && /^\/(upper|work)\/\d/.test(one.path)
    expect(steps.findLastIndex(inLayers)).toBeLessThan(chosen)
    expect(indexOf(steps, (one) => one.name === 'mount')).toBeGreaterThan(chosen)
  })

  test('are one overlay for each folder for root too, where one is a file system of its own', () => {
    const host = { ...ROOT, rootEntries: [...ROOT.rootEntries, folder('srv', 'there')] }
    const { steps } = root({ type: 'host' }, { host })
    expect(stepsNamed(steps, 'mount').map((one) => one.target)).toEqual(['/etc', '/usr', '/srv'])
    expect(overlays(steps)).toHaveLength(3)
    expect(overlays(steps).some((options) => 'userxattr' in options)).toBe(false)
  })

  test('a hidden folder that is a file system of its own changes nothing', () => {
    const rootEntries = ROOT.rootEntries.map((one) => (one.name === 'home' ? folder('home', 'there') : one))
    const there = root({ type: 'host' }, { host: { ...ROOT, rootEntries } })
    expect(there.steps).toEqual(root({ type: 'host' }).steps)
  })

  test('a folder with mounts below it is shown as it is, read-only, where those are locked', () => {
    const host = { ...ROOT, rootEntries: [folder('etc', 'below'), folder('usr')] }
    const { steps } = root({ type: 'host' }, { host, userNamespace: true })
    const [etc] = stepsNamed(steps, 'open')
    expect(stepsNamed(steps, 'openTree')).toEqual([
      step.openTree({
        slot: expect.any(Number) as unknown as number,
        dir: etc?.slot ?? -1,
        flags: OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH,
        path: '',
      }),
    ])
    expect(stepsNamed(steps, 'setAttr')).toMatchObject([
      { set: MOUNT_ATTR_RDONLY | SAFE, propagation: MS_PRIVATE, recursive: true },
    ])
    expect(overlays(steps)).toHaveLength(1)
    expect(stepsNamed(steps, 'mount').map((one) => one.target)).toEqual(['/etc', '/usr'])
  })

  test('for root mounts below a folder lock nothing', () => {
    const host = { ...ROOT, rootEntries: [folder('etc', 'below'), folder('usr', 'there')] }
    const { steps } = root({ type: 'host' }, { host })
    expect(overlays(steps)).toHaveLength(2)
    expect(stepsNamed(steps, 'openTree')).toEqual([])
  })

  test('read-only ones are read-only folder by folder', () => {
    const { steps } = root({ type: 'host', readonly: true }, { userNamespace: true })
    const mounts = stepsNamed(steps, 'mount')
    const set = stepsNamed(steps, 'setAttr')
    expect(set.map((one) => one.set)).toEqual(mounts.map(() => MOUNT_ATTR_RDONLY))
    expect(set.map((one) => one.slot)).toEqual(mounts.map((one) => one.slot))
  })
})

test('an overlay of more layers than there are slots is an error of the command', () => {
  const lower = Array.from({ length: 128 }, (_, index) => `/layer${index}`)
  expect(() => root({ type: 'overlay', lower })).toThrow(
    expect.objectContaining({
      code: 'EXECD_INVALID_COMMAND',
      details: expect.objectContaining({ path: 'rootfs.lower' }),
    }),
  )
  expect(overlays(root({ type: 'overlay', lower: lower.slice(0, 50) }).steps)).toHaveLength(1)
})

describe('read-only roots', () => {
  const ended = (rootfs: unknown) =>
    built((builder) => addReadonlyRoot(builder, commandOf({ rootfs }).rootfs, 7)).steps
  const path = '/srv/root'

  test.each([
    ['directory', { type: 'directory', path, readonly: true }],
    ['overlay', { type: 'overlay', lower: path, readonly: true }],
    ['host', { type: 'host', readonly: true }],
  ])('%s: the mount of the root, not what is mounted on it', (_, rootfs) => {
    expect(ended(rootfs)).toEqual([step.setAttr({ slot: 7, set: MOUNT_ATTR_RDONLY })])
    expect(ended({ ...rootfs, readonly: false })).toEqual([])
  })
})
