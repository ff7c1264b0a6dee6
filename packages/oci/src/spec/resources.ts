import type { Resources } from '@execd/core/driver'
import { withoutEmpty } from './json.js'
import type { OciResources } from './oci-types.js'

/** What limits depend on beside the command. */
export interface LimitContext {
  /** Whether the kernel counts swap of groups; without it there is nothing to write for swap. */
  readonly swapCounted: boolean
}

const some = <T>(value: T | null): T | undefined => value ?? undefined

/** Limits as the specification has them. What is null, false or empty is left out, so this is also what an update takes. A memory limit without one of swap means no swap. Pure. */
export function toOciResources(resources: Resources, { swapCounted }: LimitContext): OciResources {
  const { memory, cpu, pids, blockIO, unified } = resources
  const { disableOOMKiller } = memory
  return withoutEmpty({
    memory: withoutEmpty({
      limit: some(memory.limit),
      reservation: some(memory.reservation),
      swap: swapCounted ? some(memory.swap ?? memory.limit) : undefined,
      swappiness: some(memory.swappiness),
      disableOOMKiller: disableOOMKiller ? true : undefined,
    }),
    cpu: withoutEmpty({
      shares: some(cpu.shares),
      quota: some(cpu.quota),
      period: some(cpu.period),
      cpus: some(cpu.cpusetCpus),
      mems: some(cpu.cpusetMems),
    }),
    pids: pids.limit === null ? undefined : { limit: pids.limit },
    blockIO: withoutEmpty({
      weight: some(blockIO.weight),
      weightDevice: blockIO.weightDevice,
      throttleReadBpsDevice: blockIO.throttleReadBpsDevice,
      throttleWriteBpsDevice: blockIO.throttleWriteBpsDevice,
      throttleReadIOPSDevice: blockIO.throttleReadIOPSDevice,
      throttleWriteIOPSDevice: blockIO.throttleWriteIOPSDevice,
    }),
    unified,
  }) as OciResources
}
