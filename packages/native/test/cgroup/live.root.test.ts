import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ExecdError, resolveResources, type Stats } from '@execd/core/driver'
import {
  emptyGroups,
  freeze,
  joinPath,
  readPids,
  readStats,
  removeGroups,
  thaw,
  updateLimits,
} from '@execd/linux/cgroup'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { INIT_LEAF } from '../../dist/cgroup/init-leaf.js'
import { gone, type Helper, isGone } from '../helper/harness.js'
import { removeParent, startIn, stepsFor, type TestSteps, testCgroups } from './support/real.js'

const { test, describe } = requires('root', 'cgroups')

const MIB = 1024 ** 2
const TICKS = 'echo ready; while :; do echo tick; sleep 0.02; done'

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  return ExecdError.is(error) ? error.code : 'none'
}

describe('the groups of a running container', () => {
  let cgroups: Awaited<ReturnType<typeof testCgroups>>
  let running: Helper | null = null
  beforeAll(async () => {
    cgroups = await testCgroups()
  })
  afterAll(async () => {
    running?.process.kill('SIGKILL')
    await removeParent(cgroups.place)
  })

  /** Starts a program in groups with limits; the caller ends it with `end`. */
  async function run(id: string, resources: object, program: string): Promise<TestSteps> {
    const steps = await stepsFor(cgroups, id, resources)
    running = await startIn(steps, ['sh', '-c', program])
    return steps
  }

  async function end(): Promise<void> {
    running?.control.destroy() // as when Node dies: the monitor kills and removes
    await running?.closed
    running = null
  }

  /** The pipes stay open in what is left, so only the end of the monitor itself is waited for. */
  async function killMonitor(): Promise<void> {
    const monitor = running?.process
    const ended = new Promise((resolve) => monitor?.once('exit', resolve))
    monitor?.kill('SIGKILL')
    await ended
    running = null
  }

  const read = (steps: TestSteps, controller: string, file: string, leaf = '') =>
    readFileSync(
      joinPath(steps.paths.dirs[steps.paths.version === 2 ? 'unified' : controller] ?? '', leaf, file),
      'utf8',
    ).trim()

  test('statistics: every part that has a controller', async () => {
    const { paths } = await run(
      'stats',
      { memory: { limit: '64MiB' }, pids: { limit: 9 }, cpu: { cpus: 0.5 } },
      TICKS,
    )
    const stats = (await readStats(paths)) as Stats
    expect(stats).toMatchObject({
      memory: { limit: 64 * MIB, oomKills: 0 },
      pids: { limit: 9 },
      network: null,
    })
    expect(stats.memory?.usage).toBeGreaterThan(0)
    expect(stats.memory?.peak).toBeGreaterThan(0)
    expect(Object.keys(stats.memory?.detail ?? {}).length).toBeGreaterThan(10)
    expect(stats.pids?.current).toBeGreaterThanOrEqual(1)
    expect(stats.cpu?.total).toBeGreaterThan(0)
    // the kernel rounds each of the three (v2)
    const parts = (stats.cpu?.user ?? 0) + (stats.cpu?.system ?? 0)
    expect(Math.abs((stats.cpu?.total ?? 0) - parts)).toBeLessThanOrEqual(2)
    expect(stats.cpu?.periods).toBeGreaterThanOrEqual(0)
    await delay(100)
    expect((await readStats(paths))?.cpu?.total).toBeGreaterThan(stats.cpu?.total ?? 0)
    await end()
    expect(await readStats(paths)).toBeNull()
  })

  test('process ids are those of the whole tree', async () => {
    const { paths } = await run('pids', {}, 'sleep 100 & sleep 100 & echo ready; wait')
    const pids = await readPids(paths)
    expect(pids).toHaveLength(3)
    for (const pid of pids) expect(await isGone(pid)).toBe(false)
    await end()
    for (const pid of pids) await gone(pid)
    expect(await readPids(paths)).toEqual([])
  })

  test('freezing stops everything until it is thawed', async () => {
    const { paths } = await run('freeze', {}, TICKS)
    await freeze(paths, 2000)
    await delay(30) // what was in the pipe arrives
    const before = running?.stdout.length ?? 0
    await delay(150)
    expect(running?.stdout.length).toBe(before)
    await freeze(paths, 2000) // again: no error
    await thaw(paths)
    await running?.until('more output', () => (running?.stdout.length ?? 0) > before)
    await end()
    expect(await codeOf(freeze(paths, 100))).toBe('EXECD_NOT_RUNNING')
    expect(await codeOf(thaw(paths))).toBe('EXECD_NOT_RUNNING')
  })

  test('what cannot be frozen in time goes on', async () => {
    const { paths } = await run('slow', {}, TICKS)
    expect(await codeOf(freeze(paths, 0))).toBe('EXECD_TIMEOUT')
    const before = running?.stdout.length ?? 0
    await running?.until('more output', () => (running?.stdout.length ?? 0) > before)
    await end()
  })

  test('a frozen container can be killed', async () => {
    const { paths } = await run('frozen', {}, TICKS)
    const pids = await readPids(paths)
    await freeze(paths, 2000)
    await end()
    for (const pid of pids) await gone(pid)
  })

  test('limits are raised and lowered, in the order that the kernel wants', async () => {
    const steps = await run('update', { memory: { limit: '32MiB' }, pids: { limit: 5 } }, TICKS)
    const update = (resources: object) =>
      updateLimits(steps.paths, resolveResources(resources), cgroups.facts, 'update')
    const v2 = steps.paths.version === 2
    const limit = () => Number(read(steps, 'memory', v2 ? 'memory.max' : 'memory.limit_in_bytes'))
    const swap = () =>
      Number(read(steps, 'memory', v2 ? 'memory.swap.max' : 'memory.memsw.limit_in_bytes')) -
      (v2 ? 0 : limit())
    for (const mib of [128, 16, 64]) {
      await update({ memory: { limit: `${mib}MiB` } })
      expect([limit(), swap()]).toEqual([mib * MIB, 0])
    }
    await update({ memory: { limit: '48MiB', swap: '96MiB' } })
    expect([limit(), swap()]).toEqual([48 * MIB, 48 * MIB])
    await update({ memory: { limit: '24MiB' } }) // swap that was allowed stays allowed
    expect([limit(), swap()]).toEqual([24 * MIB, 48 * MIB])
    await update({ pids: { limit: 77 } })
    expect(read(steps, 'pids', 'pids.max')).toBe('77')
    if (v2) {
      expect(read(steps, 'pids', 'pids.max', INIT_LEAF)).toBe('77')
      expect(read(steps, 'memory', 'memory.max', INIT_LEAF)).toBe(String(24 * MIB))
      await update({ cpu: { quota: 20_000 }, unified: { 'memory.high': '20000000' } }) // the cpu controller is switched on for it
      expect(read(steps, 'cpu', 'cpu.max')).toBe('20000 100000')
      await update({ cpu: { period: 50_000 } })
      expect(read(steps, 'cpu', 'cpu.max')).toBe('20000 50000')
    } else {
      expect(await codeOf(update({ cpu: { quota: 20_000 } }))).toBe('EXECD_UNSUPPORTED')
      expect(await codeOf(update({ unified: { 'memory.high': '1' } }))).toBe('EXECD_UNSUPPORTED')
    }
    await end()
  })

  test('a limit below what is in use is refused, and nothing is changed', async () => {
    const eat = 'x=$(head -c 12000000 /dev/zero | tr "\\0" x); echo ready; while :; do sleep 0.1; done'
    const steps = await run('busy', { memory: { limit: '64MiB' }, pids: { limit: 50 } }, eat)
    const [pid] = await readPids(steps.paths)
    const wish = resolveResources({ memory: { limit: '4MiB' }, pids: { limit: 40 } })
    expect(await codeOf(updateLimits(steps.paths, wish, cgroups.facts, 'busy'))).toBe('EXECD_LIMIT')
    const late = {
      pids: { limit: 40 },
      blockIO: { throttleReadBpsDevice: [{ major: 250, minor: 77, rate: 1 }] },
    }
    expect(await codeOf(updateLimits(steps.paths, resolveResources(late), cgroups.facts, 'busy'))).not.toBe(
      'none',
    )
    const v2 = steps.paths.version === 2
    expect(read(steps, 'memory', v2 ? 'memory.max' : 'memory.limit_in_bytes')).toBe(String(64 * MIB))
    expect(read(steps, 'pids', 'pids.max')).toBe('50')
    if (v2) expect(read(steps, 'memory', 'memory.high')).toBe('max')
    expect(await isGone(pid ?? 0)).toBe(false)
    await end()
  })

  test('without a monitor, the groups are emptied and removed from here', async () => {
    const { paths } = await run('orphan', {}, 'setsid sleep 1000 & sleep 1000 & echo ready; wait')
    const pids = await readPids(paths)
    await killMonitor()
    await emptyGroups(paths, 5000)
    for (const pid of pids) await gone(pid)
    await removeGroups(paths, 2000)
    await emptyGroups(paths, 100) // nothing left: no error
    await removeGroups(paths, 100)
    expect(await readStats(paths)).toBeNull()
  })

  test('a fork bomb without a monitor is emptied too', async () => {
    const { paths } = await run(
      'bomb',
      { pids: { limit: 60 } },
      'f() { while :; do (f) & (f) & done; }; echo ready; f 2>/dev/null',
    )
    await killMonitor()
    await emptyGroups(paths, 20_000)
    expect(await readPids(paths)).toEqual([])
    await removeGroups(paths, 2000)
  }, 60_000)

  test('a cpuset takes what is not said from its parent', async () => {
    const steps = await run(
      'cpuset',
      { cpu: { cpusetCpus: '0' } },
      'echo ready; grep Cpus_allowed_list /proc/self/status; sleep 100',
    )
    await running?.says('Cpus_allowed_list:\t0\n')
    const update = updateLimits(
      steps.paths,
      resolveResources({ cpu: { cpusetCpus: '4095' } }),
      cgroups.facts,
      'cpuset',
    )
    expect(await codeOf(update)).toBe('EXECD_LIMIT')
    expect(read(steps, 'cpuset', 'cpuset.cpus')).toBe('0')
    await end()
  })
})
