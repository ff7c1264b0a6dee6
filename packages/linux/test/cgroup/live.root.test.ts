import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  type CgroupPaths,
  emptyGroups,
  freeze,
  groupPaths,
  groupsOfProcess,
  readLayout,
  readPids,
  readStats,
  readUsage,
  removeGroups,
  thaw,
} from '@execd/linux/cgroup'
import { requires } from '@execd/test-support'
import { afterEach, beforeEach, expect } from '@jest/globals'

const { test, describe } = requires('root', 'cgroups')

/** The processes of two groups, one in the other, as another runtime would have made them. */
describe('groups that somebody else made', () => {
  let groups: CgroupPaths
  let inner: CgroupPaths
  let child: ChildProcess | null = null
  beforeEach(() => {
    const name = `/execd-test-${process.pid}-${randomInt(1_000_000)}`
    const layout = readLayout()
    // a new v1 cpuset lets nobody in
    const below = (path: string) => groupPaths(layout, (key) => (key === 'cpuset' ? undefined : path))
    groups = below(name)
    inner = below(`${name}/inner`)
    for (const dir of new Set(Object.values(inner.dirs))) mkdirSync(dir, { recursive: true })
    const { unified } = groups.dirs
    if (groups.version === 2 && unified !== undefined)
      for (const dir of [dirname(unified), unified]) writeFileSync(`${dir}/cgroup.subtree_control`, '+pids')
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await emptyGroups(groups, 5000)
    await removeGroups(groups, 5000)
  })

  async function start(
    script: string,
    where: CgroupPaths,
  ): Promise<{ pid: number; ended: Promise<unknown> }> {
    const started = spawn('sh', ['-c', `read line; ${script}`], { stdio: ['pipe', 'pipe', 'ignore'] })
    child = started
    const ended = once(started, 'exit')
    for (const dir of new Set(Object.values(where.dirs)))
      writeFileSync(`${dir}/cgroup.procs`, String(started.pid))
    const ready = once(started.stdout, 'data')
    started.stdin.end('go\n')
    await ready
    return { pid: started.pid ?? 0, ended }
  }

  test('are found by a process, counted, frozen, emptied and removed', async () => {
    const { pid, ended } = await start('sleep 100 & echo ready; wait', inner)
    expect(groupsOfProcess(readLayout(), pid)?.dirs).toMatchObject(inner.dirs)
    const pids = await readPids(groups)
    expect(pids).toHaveLength(2)
    expect(pids).toContain(pid)
    expect(await readStats(inner)).toMatchObject({ pids: { current: 2 }, network: null })
    expect((await readStats(inner))?.cpu?.total).toBeGreaterThan(0)
    await freeze(groups, 5000)
    const busy = await removeGroups(groups, 0)
    expect(busy.map(({ errno }) => errno)).toEqual(busy.map(() => 'EBUSY'))
    expect(busy).toHaveLength(new Set(Object.values(groups.dirs)).size)
    await emptyGroups(groups, 5000) // frozen or not
    await ended
    expect(await readPids(groups)).toEqual([])
    expect((await readUsage(inner)).cpu.user).not.toBeNull()
    expect(await removeGroups(groups, 5000)).toEqual([])
    expect(Object.values(groups.dirs).filter((dir) => existsSync(dir))).toEqual([])
    expect(await readStats(groups)).toBeNull()
    expect(await removeGroups(groups, 0)).toEqual([])
  })

  test('go on after they were thawed', async () => {
    const { ended } = await start('echo ready; sleep 0.05', inner)
    await freeze(groups, 5000)
    await thaw(groups)
    expect(await ended).toEqual([0, null])
  })
})
