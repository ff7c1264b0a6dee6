import { describe, expect, test } from '@jest/globals'
import { detectLayout } from '../../dist/cgroup/layout/layout.js'
import { containerPaths, execPaths, findPlace } from '../../dist/cgroup/layout/paths.js'
import { cgroupChecks } from '../../dist/cgroup/layout/probe.js'
import { HYBRID, type RecordedHost, textsOf, V1_IN_DOCKER, V1_SHARED, V2_USER } from './support/texts.js'

const find = (
  host: RecordedHost,
  writable: (path: string) => boolean,
  files: Record<string, string> = {},
  parent: string | null = null,
) => findPlace(detectLayout(textsOf(host)), { parent }, { writable, read: (path) => files[path] ?? null })

const everything = () => true
const APP = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice'
const SCOPE = `${APP}/run-1.scope`
/** The files of a v2 group. */
const group = (dir: string, controllers: string, enabled: string, procs: string, type = 'domain') => ({
  [`${dir}/cgroup.controllers`]: controllers,
  [`${dir}/cgroup.subtree_control`]: enabled,
  [`${dir}/cgroup.procs`]: procs,
  [`${dir}/cgroup.type`]: type,
})

describe('v1', () => {
  test('root gets /execd at the top of each hierarchy', () => {
    const { place } = find(HYBRID, everything)
    expect(place?.parents).toHaveLength(8)
    expect(place?.parents[3]).toEqual({
      controllers: ['memory'],
      top: '/sys/fs/cgroup/memory',
      names: ['execd'],
    })
  })

  test('a parent of the command is taken from the top', () => {
    expect(find(HYBRID, everything, {}, '/a/b').place?.parents[0]?.names).toEqual(['a', 'b'])
  })

  test.each(['a', '/a/../b', '/..', '/./a'])('a parent %s is refused', (parent) => {
    expect(() => find(HYBRID, everything, {}, parent)).toThrow(/absolute path/)
  })

  test('an ordinary user gets a group only where it is given to them', () => {
    expect(find(HYBRID, () => false)).toMatchObject({ place: null, missing: { hint: 'run it as root' } })
    const { place } = find(HYBRID, (path) => path === '/sys/fs/cgroup/memory/outer/a')
    expect(place?.parents).toEqual([
      { controllers: ['memory'], top: '/sys/fs/cgroup/memory/outer/a', names: ['execd'] },
    ])
    expect(place?.unavailable.pids?.reason).toMatch(/not writable/)
  })

  test('read-only mounts are named as the reason', () => {
    expect(find(V1_IN_DOCKER, () => false).missing?.reason).toMatch(/mounted read-only/)
  })
})

describe('v2', () => {
  const root = {
    '/sys/fs/cgroup/cgroup.controllers': 'cpu memory pids',
    '/sys/fs/cgroup/cgroup.procs': '1\n',
  }

  test('root gets /execd at the top, and every controller although processes are in the root group', () => {
    const { place } = find(V2_USER, everything, root)
    expect(place).toMatchObject({
      version: 2,
      parents: [{ controllers: ['cpu', 'memory', 'pids'], top: '/sys/fs/cgroup', names: ['execd'] }],
    })
    expect(place?.unavailable.io?.reason).toMatch(/do not pass the io controller on/)
  })

  test('the top of a cgroup namespace with processes in it passes nothing on', () => {
    const { place } = find(V2_USER, everything, group('/sys/fs/cgroup', 'cpu memory', '', '1\n7\n'))
    expect(place?.parents[0]?.controllers).toEqual([])
    expect(place?.unavailable.memory).toMatchObject({
      reason: expect.stringMatching(/no internal process/),
      hint: expect.stringMatching(/^move/),
    })
  })

  test('a user gets the parent of its own group when that is delegated', () => {
    const files = {
      ...group(APP, 'memory pids', 'memory pids', ''),
      ...group(SCOPE, 'memory pids', '', '77\n'),
    }
    const { place } = find(V2_USER, (path) => path.startsWith(APP), files)
    expect(place?.parents).toEqual([{ controllers: ['memory', 'pids'], top: APP, names: ['execd'] }])
    expect(place?.unavailable.cpu?.reason).toMatch(/do not pass the cpu controller on/)
  })

  test('else its own group, with what that passes on already', () => {
    const { place } = find(V2_USER, (path) => path.startsWith(SCOPE), group(SCOPE, 'memory pids', '', '77\n'))
    expect(place?.parents).toEqual([{ controllers: [], top: SCOPE, names: ['execd'] }])
    expect(place?.unavailable.memory?.reason).toMatch(/no internal process/)
  })

  test('a directory without its control files is not delegated', () => {
    const { missing } = find(V2_USER, (path) => path === APP)
    expect(missing).toMatchObject({
      reason: expect.stringMatching(/delegated/),
      hint: expect.stringMatching(/systemd-run --user --scope -p Delegate=yes/),
    })
  })
})

describe('v2 in a cgroup namespace', () => {
  test('a mount that shows the outer tree cannot be used', () => {
    const mountinfo = V2_USER.mountinfo.replace(' / /sys', ' /../.. /sys')
    const { missing } = find({ ...V2_USER, mountinfo, cgroup: '0::/' }, everything, {
      '/sys/fs/cgroup/cgroup.controllers': 'memory',
    })
    expect(missing?.reason).toMatch(/outside of the cgroup namespace/)
  })
})

describe('the groups of containers and execs', () => {
  test('v1: hierarchies that are wanted, with all their controllers', () => {
    const { place } = find(V1_SHARED, everything)
    if (place === null) throw new Error('no place')
    const paths = containerPaths(place, 'id', new Set(['cpuacct']))
    expect(paths.dirs).toEqual({
      cpu: '/sys/fs/cgroup/cpu,cpuacct/execd/id',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/execd/id',
    })
    expect(execPaths(paths, '7').dirs.cpuacct).toBe('/sys/fs/cgroup/cpu,cpuacct/execd/id/exec-7')
    // what only an exec may come to need
    expect(paths.late).toEqual(['/sys/fs/cgroup/memory/execd/id'])
  })

  test('v1: an exec has a group of its own for a limit only where it has one, and so where a cpuset is', () => {
    const paths = {
      version: 1,
      dirs: { cpu: '/c/id', cpuset: '/s/id', cpuacct: '/s/id', pids: '/p/id', devices: '/d/id' },
    } as const
    expect(execPaths(paths, 'x').dirs).toEqual({ pids: '/p/id/exec-x' })
    expect(execPaths(paths, 'x', new Set(['cpu', 'cpuset'])).dirs).toEqual({
      cpu: '/c/id/exec-x',
      cpuset: '/s/id/exec-x',
      cpuacct: '/s/id/exec-x',
      pids: '/p/id/exec-x',
    })
  })
})

describe('probe', () => {
  const facts = { files: new Set<string>(), swapAreas: true, hierarchical: true }
  test('each controller is ok or says what is lost and what to do', () => {
    const layout = detectLayout(textsOf(V1_SHARED))
    const checks = cgroupChecks({ layout, ...find(V1_SHARED, everything), facts })
    const byName = Object.fromEntries(checks.map((check) => [check.name, check.status]))
    expect(byName).toEqual({
      cgroup: 'ok',
      'cgroup-memory': 'ok',
      'cgroup-pids': 'missing',
      'cgroup-cpu': 'ok',
      'cgroup-cpuset': 'missing',
      'cgroup-io': 'missing',
      'cgroup-cpuacct': 'ok',
      'cgroup-freezer': 'missing',
      'cgroup-devices': 'missing',
      'cgroup-swap': 'missing',
    })
    for (const { status, hint } of checks) expect(status === 'ok' || hint !== undefined).toBe(true)
  })

  test('no place is one check with the reason', () => {
    const layout = detectLayout(textsOf(V2_USER))
    const checks = cgroupChecks({ layout, ...find(V2_USER, () => false), facts })
    expect(checks).toEqual([
      expect.objectContaining({
        name: 'cgroup',
        status: 'missing',
        hint: expect.stringMatching(/systemd-run/),
      }),
    ])
  })
})
