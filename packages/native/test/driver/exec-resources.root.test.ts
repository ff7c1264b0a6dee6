import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Container } from '@execd/core'
import { expect } from '@jest/globals'
import { expectLimit, groupOf, limitOf } from './fields/field-case.js'
import { hasDeviceWeights, limits } from './fields/limits.js'
import { cgroupMounts, newMark, sleepers } from './support/host-state.js'
import { textOf } from './support/streams.js'
import { driverTests, failure, type Part } from './support/suite.js'
import { until } from './support/until.js'

const MIB = 1024 ** 2
const GREEDY = 'dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null'
const sleep = { args: ['sleep', '1000'] }
const script = (source: string) => ({ args: ['sh', '-c', source] })

/** Counts the events of a container or an exec. */
function counted(source: { on(name: 'oom', listener: () => void): unknown }): () => number {
  let events = 0
  source.on('oom', () => {
    events += 1
  })
  return () => events
}

/** A container without limits, and one that has one of each controller. */
const CONTAINERS: ReadonlyArray<readonly [string, Part]> = [
  ['a container without limits', {}],
  [
    'a container with limits',
    {
      resources: {
        memory: { limit: '256MiB' },
        cpu: { shares: 1024, cpusetCpus: '0' },
        pids: { limit: 64 },
      },
    },
  ],
]

/** Groups of the container's id in any hierarchy. */
const groupsOf = (parent: string, { id }: Container): string[] =>
  [...new Set(cgroupMounts().values())]
    .map((mount) => join(mount, parent, id))
    .filter((path) => existsSync(path))

driverTests('limits of an exec alone', (suite, test) => {
  test.each(
    Object.entries(limits).flatMap(([field, limit]) =>
      CONTAINERS.map(([name, part]) => [field, name, limit, part] as const),
    ),
  )('%s below %s', async (field, _, limit, part) => {
    const container = await suite.idle(part)
    const { fields } = await suite.runtime.capabilities()
    const text = () => limitOf(container.pid, limit.controller, limit.v1[0], limit.v2[0])
    const before = text()
    const start = container.exec(sleep, { resources: limit.resources })
    if (fields[field] !== true) {
      expect(await failure(start)).toMatchObject({ code: 'EXECD_UNSUPPORTED' })
    } else if (field === 'resources.blockIO.weightDevice' && !hasDeviceWeights) {
      expect(await failure(start)).toMatchObject({ code: 'EXECD_LIMIT', details: { path: field } })
    } else {
      const execution = await start
      expectLimit(execution.pid, limit)
      expect(groupOf(execution.pid, limit.controller)).toMatch(new RegExp(`/${container.id}/exec-[^/]+$`))
      expect(text()).toBe(before)
      await execution.terminate()
    }
    await container.terminate()
    expect(groupsOf(suite.parent, container)).toEqual([])
  })

  test('its out-of-memory kill, counters and peak are its own; container and neighbours go on', async () => {
    const container = await suite.runtime.start(suite.script('read line; exit 3'))
    const neighbour = await container.exec(sleep)
    const source = `read line; ${GREEDY}; echo $?; read line; exec ${GREEDY}`
    const limited = await container.exec(script(source), { resources: { memory: { limit: '24MiB' } } })
    const [ofContainer, ofLimited, ofNeighbour] = [container, limited, neighbour].map(counted)
    limited.stdin?.write('go\n')
    await until('a child of it is killed', () => (ofLimited?.() ?? 0) >= 1)
    await until('the container heard of it', () => (ofContainer?.() ?? 0) >= 1)
    expect((await limited.stats()).memory).toMatchObject({ limit: 24 * MIB, oomKills: 1 })
    expect((await neighbour.stats()).memory).toMatchObject({ limit: null, oomKills: 0 })
    limited.stdin?.end('go\n')
    expect(await textOf(limited.stdout)).toBe('137\n')
    const verdict = await limited.wait()
    expect(verdict).toMatchObject({ reason: 'oom', signal: 'SIGKILL', oom: { kills: 2, init: true } })
    expect(verdict.usage.memory.peak).toBeLessThanOrEqual(24 * MIB)
    expect(ofLimited?.()).toBe(2)
    expect(ofNeighbour?.()).toBe(0)
    const free = await container.exec(script(GREEDY))
    expect(await free.wait()).toMatchObject({ exitCode: 0, oom: null })
    container.stdin?.end('go\n')
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 3, oom: null })
  })

  test('its processes are counted by themselves and end with it', async () => {
    const container = await suite.idle()
    const [mine, others] = [newMark(), newMark()]
    const other = await container.exec(script(`sleep ${others} & sleep ${others}`))
    const more = `setsid sleep ${mine} & setsid sleep ${mine} & setsid sleep ${mine} &`
    const source = `sh -c '${more}' 2>/dev/null; exec sleep ${mine}`
    const limited = await container.exec(script(source), { resources: { pids: { limit: 4 } } })
    await until('a third fork was refused', () => sleepers(mine).length === 3)
    await until('the other is there', () => sleepers(others).length === 2)
    expect((await limited.stats()).pids).toMatchObject({ current: 3, limit: 4 })
    const verdict = await limited.terminate()
    expect(verdict.usage.pids.peak).toBe(4)
    expect(verdict.usage.pids.refused).toBeGreaterThan(0)
    expect(sleepers(mine)).toEqual([])
    expect(sleepers(others)).toHaveLength(2)
    await other.terminate()
  })

  test('processor time is cut to its quota, and what it spent is its own', async () => {
    const container = await suite.idle()
    const busy = 'while :; do :; done'
    const options = { timeout: 1000 }
    const [free, cut] = await Promise.all([
      container.exec(script(busy), options),
      container.exec(script(busy), { ...options, resources: { cpu: { cpus: 0.1 } } }),
    ])
    expect((await cut.stats()).cpu?.periods).not.toBeNull()
    const [wide, narrow] = await Promise.all([free.wait(), cut.wait()])
    const spent = ({ usage }: typeof wide): number => (usage.cpu.user ?? 0) + (usage.cpu.system ?? 0)
    expect(spent(narrow)).toBeLessThan(spent(wide))
    expect(spent(narrow)).toBeLessThan(500)
  })

  test('several with limits that the container has no group for, one after the other and at once', async () => {
    const container = await suite.idle()
    const show = 'grep Cpus_allowed_list /proc/self/status | cut -f2'
    const options = { resources: { cpu: { cpusetCpus: '0', shares: 99 } } }
    for (let round = 0; round < 2; round += 1) {
      const all = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const execution = await container.exec(script(show), options)
          return textOf(execution.stdout)
        }),
      )
      expect(new Set(all)).toEqual(new Set(['0\n']))
    }
    await container.terminate()
    expect(groupsOf(suite.parent, container)).toEqual([])
  })

  test('the limits of the container hold, raised ones too', async () => {
    const container = await suite.idle({ resources: { memory: { limit: '24MiB' } } })
    const wide = { resources: { memory: { limit: '256MiB' } } }
    const first = await container.exec(script(GREEDY), wide)
    expect((await first.wait()).oom?.kills).toBe(1)
    await container.update({ memory: { limit: '256MiB' } })
    for (const options of [{}, wide]) {
      const later = await container.exec(script(GREEDY), options)
      expect(await later.wait()).toMatchObject({ exitCode: 0, oom: null })
    }
  })

  test('what cannot be had is refused with its field, and nothing is left', async () => {
    const container = await suite.idle()
    const absent = { major: 250, minor: 77, rate: 1000 }
    const { code, details } = await failure(
      container.exec(sleep, { resources: { blockIO: { throttleReadBpsDevice: [absent] } } }),
    )
    expect({ code, path: details.path }).toEqual({
      code: 'EXECD_LIMIT',
      path: 'resources.blockIO.throttleReadBpsDevice',
    })
    expect(await container.pids()).toEqual([container.pid])
  })
})
