import { readOrNull } from '../support/host-state.js'
import type { Part } from '../support/suite.js'
import { blockDevice } from './storage-cases.js'

const MIB = 1024 ** 2
const [major, minor] = blockDevice()

/** A file, or several of which a kernel has one, joined by "|". */
type Expected = readonly [file: string, text: string | RegExp]

/** A limit with what the kernel's files then say. */
export interface LimitCase {
  readonly resources: NonNullable<Part['resources']>
  /** Of v1. */
  readonly controller: string
  /** File of that controller, with what must be in it. */
  readonly v1: Expected
  readonly v2: Expected
}

const limit = (
  controller: string,
  resources: LimitCase['resources'],
  v1: Expected,
  v2: Expected,
): LimitCase => ({ resources, controller, v1, v2 })

const throttle = (name: string, field: string, v2: string): LimitCase =>
  limit(
    'blkio',
    { blockIO: { [field]: [{ major, minor, rate: 123_456 }] } },
    [`blkio.throttle.${name}_device`, `${major}:${minor} 123456`],
    ['io.max', new RegExp(`^${major}:${minor} .*${v2}=123456`)],
  )

/** Weights of a device are the I/O scheduler's: of those only bfq has them. */
export const hasDeviceWeights = /\[bfq\]/.test(
  readOrNull(`/sys/dev/block/${major}:${minor}/queue/scheduler`) ?? '',
)

const NOT_ON_V2: Expected = ['', '']
const NOT_ON_V1: Expected = ['', '']

/** Every limit by its field. */
export const limits: Readonly<Record<string, LimitCase>> = {
  'resources.memory.limit': limit(
    'memory',
    { memory: { limit: '64MiB' } },
    ['memory.limit_in_bytes', String(64 * MIB)],
    ['memory.max', String(64 * MIB)],
  ),
  'resources.memory.reservation': limit(
    'memory',
    { memory: { limit: '64MiB', reservation: '32MiB' } },
    ['memory.soft_limit_in_bytes', String(32 * MIB)],
    ['memory.low', String(32 * MIB)],
  ),
  'resources.memory.swap': limit(
    'memory',
    { memory: { limit: '32MiB', swap: '96MiB' } },
    ['memory.memsw.limit_in_bytes', String(96 * MIB)],
    ['memory.swap.max', String(64 * MIB)],
  ),
  'resources.memory.swappiness': limit(
    'memory',
    { memory: { swappiness: 7 } },
    ['memory.swappiness', '7'],
    NOT_ON_V2,
  ),
  'resources.memory.disableOOMKiller': limit(
    'memory',
    { memory: { limit: '32MiB', disableOOMKiller: true } },
    ['memory.oom_control', /^oom_kill_disable 1$/m],
    NOT_ON_V2,
  ),
  'resources.cpu.shares': limit('cpu', { cpu: { shares: 512 } }, ['cpu.shares', '512'], ['cpu.weight', '20']),
  'resources.cpu.quota': limit(
    'cpu',
    { cpu: { quota: 30_000 } },
    ['cpu.cfs_quota_us', '30000'],
    ['cpu.max', '30000 100000'],
  ),
  'resources.cpu.period': limit(
    'cpu',
    { cpu: { quota: 20_000, period: 50_000 } },
    ['cpu.cfs_period_us', '50000'],
    ['cpu.max', '20000 50000'],
  ),
  'resources.cpu.cpusetCpus': limit(
    'cpuset',
    { cpu: { cpusetCpus: '0' } },
    ['cpuset.cpus', '0'],
    ['cpuset.cpus', '0'],
  ),
  'resources.cpu.cpusetMems': limit(
    'cpuset',
    { cpu: { cpusetMems: '0' } },
    ['cpuset.mems', '0'],
    ['cpuset.mems', '0'],
  ),
  'resources.pids.limit': limit('pids', { pids: { limit: 5 } }, ['pids.max', '5'], ['pids.max', '5']),
  'resources.blockIO.weight': limit(
    'blkio',
    { blockIO: { weight: 321 } },
    ['blkio.bfq.weight', '321'],
    // bfq takes it as it is, the others by the OCI conversion
    ['io.bfq.weight|io.weight', /\b(321|3142)$/],
  ),
  'resources.blockIO.weightDevice': limit(
    'blkio',
    { blockIO: { weightDevice: [{ major, minor, weight: 234 }] } },
    ['blkio.bfq.weight_device', new RegExp(`${major}:${minor} 234`)],
    ['io.bfq.weight', new RegExp(`${major}:${minor} 234`)],
  ),
  'resources.blockIO.throttleReadBpsDevice': throttle('read_bps', 'throttleReadBpsDevice', 'rbps'),
  'resources.blockIO.throttleWriteBpsDevice': throttle('write_bps', 'throttleWriteBpsDevice', 'wbps'),
  'resources.blockIO.throttleReadIOPSDevice': throttle('read_iops', 'throttleReadIOPSDevice', 'riops'),
  'resources.blockIO.throttleWriteIOPSDevice': throttle('write_iops', 'throttleWriteIOPSDevice', 'wiops'),
  'resources.unified': limit('unified', { unified: { 'memory.high': '12345344' } }, NOT_ON_V1, [
    'memory.high',
    '12345344',
  ]),
}
