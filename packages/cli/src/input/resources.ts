import type { Given } from '../table/types.js'
import { compact } from './compact.js'
import { blockLimits } from './devices.js'
import { numeric } from './words.js'

/** The limits that `run` and `update` take. */
export function resourcesOf(given: Given): object | undefined {
  const number = (name: string) => numeric(given.text(name))
  return compact({
    memory: compact({
      limit: number('memory'),
      reservation: number('memory-reservation'),
      swap: number('memory-swap'),
      swappiness: number('memory-swappiness'),
      disableOOMKiller: given.flag('oom-kill-disable'),
    }),
    cpu: compact({
      cpus: number('cpus'),
      shares: number('cpu-shares'),
      quota: number('cpu-quota'),
      period: number('cpu-period'),
      cpusetCpus: given.text('cpuset-cpus'),
      cpusetMems: given.text('cpuset-mems'),
    }),
    pids: compact({ limit: number('pids-limit') }),
    blockIO: compact({
      weight: number('blkio-weight'),
      weightDevice: blockLimits(given, 'blkio-weight-device', 'weight'),
      throttleReadBpsDevice: blockLimits(given, 'device-read-bps', 'rate'),
      throttleWriteBpsDevice: blockLimits(given, 'device-write-bps', 'rate'),
      throttleReadIOPSDevice: blockLimits(given, 'device-read-iops', 'rate'),
      throttleWriteIOPSDevice: blockLimits(given, 'device-write-iops', 'rate'),
    }),
  })
}
