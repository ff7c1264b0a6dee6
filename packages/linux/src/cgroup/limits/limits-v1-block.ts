import type { Resources } from '@execd/core/driver'
import type { CgroupFacts, LimitWrite } from '../types.js'
import type { PartOfLimits } from './limits.js'

/** Fields of a command and the files of the v1 blkio controller that take "major:minor rate". */
const THROTTLES = [
  ['throttleReadBpsDevice', 'blkio.throttle.read_bps_device'],
  ['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device'],
  ['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device'],
  ['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device'],
] as const

/** The blkio controller. Weights belong to an I/O scheduler: `blkio.bfq.weight` where bfq is built in, before 5.0 `blkio.weight` (cfq). */
export function blockIOV1(blockIO: Resources['blockIO'], facts: CgroupFacts): PartOfLimits {
  const writes: LimitWrite[] = []
  const add = (key: string, file: string, data: string | number) =>
    writes.push({ controller: 'blkio', file, data: String(data), field: `resources.blockIO.${key}` })

  const weightFile =
    ['blkio.bfq.weight', 'blkio.weight'].find((file) => facts.files.has(file)) ?? 'blkio.weight'
  if (blockIO.weight !== null) add('weight', weightFile, blockIO.weight)
  for (const { major, minor, weight } of blockIO.weightDevice) {
    add('weightDevice', `${weightFile}_device`, `${major}:${minor} ${weight}`)
  }
  for (const [key, file] of THROTTLES) {
    for (const { major, minor, rate } of blockIO[key]) add(key, file, `${major}:${minor} ${rate}`)
  }
  return { writes }
}
