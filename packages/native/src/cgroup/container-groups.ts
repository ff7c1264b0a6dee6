import { type Command, ExecdError, type Resources } from '@execd/core/driver'
import {
  type CgroupFacts,
  type CgroupPlace,
  controllersOf,
  type DeviceRule,
  deviceProgram,
  deviceRules,
  type LimitWrite,
  limitsFor,
  readCgroups,
  readCpusetChain,
} from '@execd/linux/cgroup'
import type { DeviceNode } from '@execd/linux/devices'
import type { Host } from '../host/host.js'
import { step } from '../plan/steps.js'
import { type CgroupSteps, cgroupSteps } from './plan.js'

/** The groups are the first thing in a plan. */
export const FIRST_SLOT = 0

/** The steps for the groups of one process, and the limits that they write. */
export interface ContainerGroups extends CgroupSteps {
  readonly writes: readonly LimitWrite[]
}

/** What a container may use of devices: the default list, `devices.allowed`, and what is made for it. Pure. */
export function containerDeviceRules(command: Command, nodes: readonly DeviceNode[]): DeviceRule[] {
  const created = nodes.flatMap((node, index) =>
    node.type === 'p'
      ? []
      : [
          {
            type: node.type,
            major: node.major,
            minor: node.minor,
            access: command.devices.created[index]?.access ?? 'rwm',
          },
        ],
  )
  return deviceRules([...command.devices.allowed, ...created])
}

/** The limits as files and values. Throws EXECD_UNSUPPORTED for those that cannot be enforced there. */
export function limitWrites(
  at: Place,
  id: string,
  resources: Resources,
  devices: readonly DeviceRule[] | null,
): readonly LimitWrite[] {
  const { writes, unsupported } = limitsFor(at.place, { resources, devices, facts: at.facts })
  const [first] = unsupported
  if (first === undefined) return writes
  const listed = unsupported.map(({ field, reason }) => `${field}: ${reason}`).join('; ')
  throw new ExecdError('EXECD_UNSUPPORTED', `these limits cannot be enforced here: ${listed}`, {
    hint: first.hint,
    details: { driver: 'native', container: id, path: first.field },
  })
}

/** Where groups are made, and what the kernel offers there. */
export interface Place {
  readonly place: CgroupPlace
  readonly facts: CgroupFacts
}

/** Where the groups of a command go. Null: nowhere, and the command asks for none. */
export async function placeOf(host: Host, command: Command): Promise<Place | null> {
  if (command.cgroupParent === null) {
    const { place, facts } = host.cgroups
    return place === null ? null : { place, facts }
  }
  const { place, facts, missing } = await readCgroups(command.cgroupParent)
  if (place !== null) return { place, facts }
  throw new ExecdError(
    'EXECD_CGROUP',
    `no cgroup can be made below ${command.cgroupParent}: ${missing?.reason}`,
    {
      ...(missing === null ? {} : { hint: missing.hint }),
      details: { driver: 'native', container: command.id, path: 'cgroupParent', got: command.cgroupParent },
    },
  )
}

/** The steps for the groups of a new container; null when none can be made and nothing asks for one. */
export async function runCgroups(
  host: Host,
  command: Command,
  nodes: readonly DeviceNode[],
  tag: string | null,
): Promise<ContainerGroups | null> {
  const at = await placeOf(host, command)
  if (at === null) return null
  const { place } = at
  const devices = host.facts.privileged && place.version === 1 ? containerDeviceRules(command, nodes) : null
  const writes = limitWrites(at, command.id, command.resources, devices)
  const wantsCpuset = place.version === 1 && controllersOf(writes).has('cpuset')
  const cpuset = wantsCpuset
    ? place.parents.find((parent) => parent.controllers.includes('cpuset'))
    : undefined
  const groups = {
    writes,
    ...cgroupSteps({
      place,
      id: command.id,
      writes,
      cpusetChain: cpuset === undefined ? null : await readCpusetChain(cpuset),
      firstSlot: FIRST_SLOT,
      tag,
    }),
  }
  return host.facts.privileged && place.version === 2
    ? withDeviceProgram(groups, containerDeviceRules(command, nodes))
    : groups
}

/** v2: the container's group, which is in the first slot, gets a program that judges each use of a device. */
function withDeviceProgram(steps: ContainerGroups, rules: readonly DeviceRule[]): ContainerGroups {
  const program = deviceProgram(rules)
  if (program === null) return steps
  const attach = step.deviceProgram({ phase: 'host', slot: FIRST_SLOT, program })
  return { ...steps, host: [...steps.host, attach] }
}
