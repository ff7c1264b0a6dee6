import assert from 'node:assert/strict'
import { rmdirSync } from 'node:fs'
import type { CommandInput } from '@execd/core'
import { groupPaths, groupsOfProcess, readLayout } from '@execd/linux/cgroup'
import type { Case } from '../case.js'
import { blockDevice } from '../host/block-device.js'
import { groupFile, groupVersion } from '../host/group-files.js'

const MIB = 1024 ** 2
const RATE = 1_048_576

type Resources = NonNullable<CommandInput['resources']>

/** A limit that cannot be felt in a short time: it is read where the kernel keeps it. */
interface Kept {
  readonly field: string
  readonly title: string
  /** Other fields that asking for it asks for. */
  readonly with?: readonly string[]
  readonly controller: string
  readonly resources: () => Resources
  readonly v1: readonly [files: readonly string[], text: () => RegExp]
  readonly v2: readonly [files: readonly string[], text: () => RegExp]
}

const number = (value: number) => () => new RegExp(`^${value}$`)
const LIMIT = 'resources.memory.limit'

function throttle(field: string, title: string, file: string, key: string): Kept {
  const line = (rate: string) => () => {
    const { major, minor } = blockDevice()
    return new RegExp(`^${major}:${minor} .*\\b${rate}\\b`, 'm')
  }
  return {
    field: `resources.blockIO.${field}`,
    title,
    controller: 'blkio',
    resources: () => ({ blockIO: { [field]: [{ ...blockDevice(), rate: RATE }] } }),
    v1: [[file], () => new RegExp(`^${blockDevice().major}:${blockDevice().minor} ${RATE}$`, 'm')],
    v2: [['io.max'], line(`${key}=${RATE}`)],
  }
}

const KEPT: readonly Kept[] = [
  {
    field: 'resources.memory.reservation',
    title: 'the reservation of memory is that of the command',
    with: [LIMIT],
    controller: 'memory',
    resources: () => ({ memory: { limit: 64 * MIB, reservation: 32 * MIB } }),
    v1: [['memory.soft_limit_in_bytes'], number(32 * MIB)],
    v2: [['memory.low'], number(32 * MIB)],
  },
  {
    field: 'resources.memory.swap',
    title: 'memory and swap together have the limit of the command',
    with: [LIMIT],
    controller: 'memory',
    resources: () => ({ memory: { limit: 64 * MIB, swap: 96 * MIB } }),
    v1: [['memory.memsw.limit_in_bytes'], number(96 * MIB)],
    v2: [['memory.swap.max'], number(32 * MIB)],
  },
  {
    field: 'resources.memory.swappiness',
    title: 'the tendency to swap is that of the command',
    controller: 'memory',
    resources: () => ({ memory: { swappiness: 10 } }),
    v1: [['memory.swappiness'], number(10)],
    v2: [['memory.swappiness'], number(10)],
  },
  {
    field: 'resources.memory.disableOOMKiller',
    title: 'the out-of-memory killer is off when the command says so',
    with: [LIMIT],
    controller: 'memory',
    resources: () => ({ memory: { limit: 64 * MIB, disableOOMKiller: true } }),
    v1: [['memory.oom_control'], () => /^oom_kill_disable 1$/m],
    v2: [['memory.oom_control'], () => /^oom_kill_disable 1$/m],
  },
  {
    field: 'resources.cpu.shares',
    title: 'the share of processor time is that of the command',
    controller: 'cpu',
    resources: () => ({ cpu: { shares: 512 } }),
    v1: [['cpu.shares'], number(512)],
    // Runtimes turn shares into weights by more than one formula; all give less than the weight of the default share.
    v2: [['cpu.weight'], () => /^(1[5-9]|[2-7]\d)$/],
  },
  {
    field: 'resources.cpu.cpusetMems',
    title: 'only the memory nodes of the list are used',
    controller: 'cpuset',
    resources: () => ({ cpu: { cpusetMems: '0' } }),
    v1: [['cpuset.mems'], number(0)],
    v2: [['cpuset.mems'], number(0)],
  },
  {
    field: 'resources.blockIO.weight',
    title: 'the weight among those who use disks is that of the command',
    controller: 'blkio',
    resources: () => ({ blockIO: { weight: 200 } }),
    v1: [['blkio.bfq.weight', 'blkio.weight'], () => /^(default )?200$/m],
    v2: [['io.bfq.weight', 'io.weight'], () => /^default (200|19\d\d)$/m],
  },
  throttle(
    'throttleReadBpsDevice',
    'bytes read from a disk in a second have the limit of the command',
    'blkio.throttle.read_bps_device',
    'rbps',
  ),
  throttle(
    'throttleWriteBpsDevice',
    'bytes written to a disk in a second have the limit of the command',
    'blkio.throttle.write_bps_device',
    'wbps',
  ),
  throttle(
    'throttleReadIOPSDevice',
    'reads from a disk in a second have the limit of the command',
    'blkio.throttle.read_iops_device',
    'riops',
  ),
  throttle(
    'throttleWriteIOPSDevice',
    'writes to a disk in a second have the limit of the command',
    'blkio.throttle.write_iops_device',
    'wiops',
  ),
  {
    field: 'resources.unified',
    title: 'files of cgroup v2 hold what the command says',
    controller: 'memory',
    resources: () => ({ unified: { 'memory.high': String(64 * MIB) } }),
    v1: [['memory.high'], number(64 * MIB)],
    v2: [['memory.high'], number(64 * MIB)],
  },
]

/** Below the project's own folder, in which also others make groups. */
const PARENT = '/execd/kit-parent'

const parentCase: Case = {
  id: 'limits.cgroup-parent',
  title: 'the cgroup is below the parent that the command names',
  needs: { fields: ['cgroupParent'] },
  async run({ start, after }) {
    const layout = readLayout()
    // It is the caller's, who removes it.
    for (const path of new Set(Object.values(groupPaths(layout, () => PARENT).dirs)))
      after(() => rmdirSync(path))
    const container = await start('read line', { cgroupParent: PARENT })
    const groups = Object.values(groupsOfProcess(layout, container.pid)?.dirs ?? {})
    const below = groups.filter((path) => path.includes(`${PARENT}/`))
    container.stdin?.end('go\n')
    await container.wait()
    assert.ok(below.length > 0, `none of its groups is below ${PARENT}: ${groups.join(', ')}`)
  },
}

const keptCases: readonly Case[] = KEPT.map((kept) => ({
  id: `limits.${kept.field.split('.').at(-1)}`,
  title: kept.title,
  needs: { fields: [kept.field, ...(kept.with ?? [])] },
  async run({ start }) {
    const container = await start('read line', { resources: kept.resources() })
    const [files, wanted] = groupVersion() === 1 ? kept.v1 : kept.v2
    const texts = groupFile(container.pid, kept.controller, files)
    container.stdin?.end('go\n')
    await container.wait()
    assert.ok(texts.length > 0, `no ${files.join(' or ')} in the cgroup of the container`)
    const pattern = wanted()
    assert.ok(
      texts.some((text) => pattern.test(text)),
      `${files.join(' or ')}: wanted ${pattern}, got ${texts[0]}`,
    )
  },
}))

/** Limits, as the kernel has them. */
export const groupsCases: readonly Case[] = [...keptCases, parentCase]
