import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { type CgroupPaths, containerPaths, execPaths, joinPath, readPids } from '@execd/linux/cgroup'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { cgroupStepError } from '../../dist/cgroup/errors.js'
import { INIT_LEAF } from '../../dist/cgroup/init-leaf.js'
import { execCgroupSteps } from '../../dist/cgroup/plan.js'
import { finish } from '../helper/harness.js'
import { planIn, removeParent, runIn, startIn, stepsFor, testCgroups } from './support/real.js'

const { test, describe } = requires('root', 'cgroups')

const MIB = 1024 ** 2
const NOTHING = { writes: [], mirrored: [], late: [], cpusetChain: null }
const folders = (paths: CgroupPaths) => [...new Set(Object.values(paths.dirs))]

describe('the groups of a process', () => {
  let cgroups: Awaited<ReturnType<typeof testCgroups>>
  beforeAll(async () => {
    cgroups = await testCgroups()
  })
  afterAll(() => removeParent(cgroups.place))

  test('it is in all of them before it runs, and they are gone after it', async () => {
    const steps = await stepsFor(cgroups, 'where', { memory: { limit: '64MiB' }, pids: { limit: 20 } }, [])
    const { exited, stdout } = await runIn(steps, ['cat', '/proc/self/cgroup'])
    expect(exited).toMatchObject({ code: 0, cleanupErrors: [] })
    const own = stdout.split('\n').filter((line) => line.includes('/where'))
    if (cgroups.place.version === 2) expect(own).toEqual([expect.stringMatching(`/where/${INIT_LEAF}$`)])
    else
      expect(own.map((line) => line.split(':')[1]).sort()).toEqual([
        'cpuacct',
        'devices',
        'freezer',
        'memory',
        'pids',
      ])
    for (const dir of folders(steps.paths)) expect(existsSync(dir)).toBe(false)
  })

  test('what it used is counted', async () => {
    const steps = await stepsFor(cgroups, 'used', { memory: { limit: '128MiB' }, pids: { limit: 20 } })
    const program =
      'dd if=/dev/zero of=/dev/null bs=20M count=1 2>/dev/null; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
    const { usage } = await runIn(steps, ['sh', '-c', program])
    expect(usage.memory.peak).toBeGreaterThan(20 * MIB)
    expect(usage.memory.peak).toBeLessThan(128 * MIB)
    expect((usage.cpu.user ?? 0) + (usage.cpu.system ?? 0)).toBeGreaterThan(5)
    expect(usage.pids.peak).toBe(2)
    expect(usage).toMatchObject({ oomKills: 0, pids: { refused: 0 } })
  })

  test('more memory than the limit is an out-of-memory kill, also of a child', async () => {
    const first = await runIn(await stepsFor(cgroups, 'oom', { memory: { limit: '16MiB' } }), [
      'tail',
      '/dev/zero',
    ])
    expect(first.exited.signal).toBe(9)
    expect(first.usage.oomKills).toBe(1)
    expect(first.usage.memory.peak).toBeLessThanOrEqual(16 * MIB)
    const child = await runIn(await stepsFor(cgroups, 'oom', { memory: { limit: '16MiB' } }), [
      'sh',
      '-c',
      'tail /dev/zero; exit 3',
    ])
    expect(child.exited.code).toBe(3)
    expect(child.usage.oomKills).toBe(1)
  })

  test('forks beyond the limit are refused and counted', async () => {
    const steps = await stepsFor(cgroups, 'forks', { pids: { limit: 4 } })
    const { usage } = await runIn(steps, ['sh', '-c', 'sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'])
    expect(usage.pids.peak).toBe(4)
    expect(usage.pids.refused).toBeGreaterThanOrEqual(1)
  })

  test('processor time is cut to the quota', async () => {
    const steps = await stepsFor(cgroups, 'quota', { cpu: { cpus: 0.2 } })
    const busy = 'end=$(($(date +%s%N)+600000000)); while [ $(date +%s%N) -lt $end ]; do :; done'
    const begin = performance.now()
    const { usage } = await runIn(steps, ['sh', '-c', busy])
    const share = ((usage.cpu.user ?? 0) + (usage.cpu.system ?? 0)) / (performance.now() - begin)
    expect(share).toBeLessThan(0.5)
    expect(share).toBeGreaterThan(0.05)
  })

  test('no swap comes with a limit that does not speak of it', async () => {
    const steps = await stepsFor(cgroups, 'swap', { memory: { limit: '64MiB' } })
    const { version } = cgroups.place
    const dir = version === 2 ? steps.paths.dirs.unified : steps.paths.dirs.memory
    const file = version === 2 ? 'memory.swap.max' : 'memory.memsw.limit_in_bytes'
    const { stdout } = await runIn(steps, ['cat', joinPath(dir ?? '', file)])
    expect(stdout.trim()).toBe(version === 2 ? '0' : String(64 * MIB))
  })

  test('an id in use is told, and the other container is not touched', async () => {
    const steps = await stepsFor(cgroups, 'taken', { pids: { limit: 10 } })
    const other = await startIn(steps, ['sh', '-c', 'echo ready; read x; echo alive'])
    const started = await other.message('started')
    const second = await finish(planIn(steps, ['true']))
    if (second.last?.type !== 'failed') throw new Error('did not fail')
    const step = planIn(steps, ['true'])[second.last.step]
    if (step === undefined) throw new Error('no step')
    const error = cgroupStepError({ step, errno: 'EEXIST', id: 'taken', writes: [] })
    expect(error.code).toBe('EXECD_ID_IN_USE')
    expect(await readPids(steps.paths)).toEqual([started.pid])
    other.stdin.end('\n')
    await other.closed
    expect(other.stdout).toContain('alive')
  })

  test('a group that was made but not yet joined by another start is left alone', async () => {
    const steps = await stepsFor(cgroups, 'early', {})
    const [dir] = folders(steps.paths)
    mkdirSync(dir ?? '')
    const { last } = await finish(planIn(steps, ['true']))
    expect(last?.type).toBe('failed')
    expect(existsSync(dir ?? '')).toBe(true)
    rmdirSync(dir ?? '')
  })

  test('daemons that left the session are killed, and groups made below are removed', async () => {
    const steps = await stepsFor(cgroups, 'daemon', {})
    const dir = folders(steps.paths).at(-1) ?? ''
    const program = `mkdir ${dir}/sub; setsid sh -c 'sleep 1000 & sleep 1000 & echo $! ; exit' ; exit 5`
    const { exited, stdout } = await runIn(steps, ['sh', '-c', program])
    expect(exited).toMatchObject({ code: 5, cleanupErrors: [] })
    expect(() => process.kill(Number(stdout), 0)).toThrow(/ESRCH/)
    expect(existsSync(dir)).toBe(false)
  })

  test('a value that the kernel refuses names the field and leaves nothing', async () => {
    const { place } = cgroups
    const device = { major: 250, minor: 77, rate: 1000 }
    const steps = await stepsFor(cgroups, 'refused', {
      cpu: { shares: 512 },
      blockIO: { throttleReadBpsDevice: [device] },
    })
    const plan = planIn(steps, ['true'])
    const { last } = await finish(plan)
    const step = last?.type === 'failed' ? plan[last.step] : undefined
    if (last?.type !== 'failed' || step === undefined) throw new Error('did not fail')
    const file = place.version === 1 ? 'blkio.throttle.read_bps_device' : 'io.max'
    expect(step).toMatchObject({ name: 'write', phase: 'host', file })
    const errno = getSystemErrorName(-last.errno)
    const error = cgroupStepError({ step, errno, id: 'refused', writes: steps.writes })
    expect(error).toMatchObject({
      code: 'EXECD_LIMIT',
      details: { path: 'resources.blockIO.throttleReadBpsDevice', errno: 'ENODEV' },
    })
    for (const dir of folders(steps.paths)) expect(existsSync(dir)).toBe(false)
  })

  test('devices other than the default ones are refused, those of the command allowed', async () => {
    const program = 'head -c 1 /dev/zero > /dev/null && echo zero; true < /dev/kmsg && echo kmsg'
    const strict = await stepsFor(cgroups, 'devices', {}, [])
    const refused = await runIn(strict, ['sh', '-c', program])
    expect(refused.stdout).toBe('zero\n')
    expect(refused.stderr).toMatch(/kmsg.*not permitted/i)
    const wish = { type: 'c', major: 1, minor: 11, access: 'r' } as const
    const open = await runIn(await stepsFor(cgroups, 'devices', {}, [wish]), ['sh', '-c', program])
    expect(open.stdout).toBe('zero\nkmsg\n')
  })

  test('an exec is in groups of its own below, and is counted and removed by itself', async () => {
    const run = await stepsFor(
      cgroups,
      'host-of-exec',
      { memory: { limit: '64MiB' }, pids: { limit: 20 } },
      [],
    )
    const first = await startIn(run, ['sh', '-c', 'echo ready; read x'])
    const exec = execCgroupSteps({ container: run.paths, execId: '1', ...NOTHING, firstSlot: 3 })
    expect(exec.paths).toEqual(execPaths(run.paths, '1'))
    const { stdout, usage, exited } = await runIn(exec, ['cat', '/proc/self/cgroup'])
    expect(exited).toMatchObject({ code: 0, cleanupErrors: [] })
    const lines = stdout.split('\n').filter((line) => line.includes('/host-of-exec'))
    const own = lines.filter((line) => line.endsWith('/host-of-exec/exec-1'))
    if (cgroups.place.version === 2) expect(own).toEqual(lines)
    else expect([lines.length, own.length]).toEqual([5, 4])
    expect(usage.pids.peak).toBe(1)
    expect(usage.memory.peak).toBeGreaterThan(0)
    for (const dir of folders(exec.paths)) expect(existsSync(dir)).toBe(false)
    first.stdin.end('\n')
    await first.closed
  })

  test('limits of an exec are those of its container', async () => {
    const run = await stepsFor(cgroups, 'limits-of-exec', { memory: { limit: '16MiB' } })
    const first = await startIn(run, ['sh', '-c', 'echo ready; read x'])
    const exec = execCgroupSteps({ container: run.paths, execId: 'big', ...NOTHING, firstSlot: 3 })
    const { exited } = await runIn(exec, ['tail', '/dev/zero'])
    expect(exited.signal).toBe(9)
    first.stdin.end('\n')
    await first.closed
  })

  test('only wanted v1 hierarchies are used', () => {
    if (cgroups.place.version === 2) {
      expect(containerPaths(cgroups.place, 'x', new Set()).dirs).toHaveProperty('unified')
      return
    }
    const paths = containerPaths(cgroups.place, 'x', new Set(['pids']))
    expect(Object.keys(paths.dirs)).toContain('pids')
    expect(Object.keys(paths.dirs)).not.toContain('memory')
  })

  test('the parent group stays', () => {
    for (const parent of cgroups.place.parents) {
      expect(readFileSync(joinPath(parent.top, ...parent.names, 'cgroup.procs'), 'utf8')).toBe('')
    }
  })
})
