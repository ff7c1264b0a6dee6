import type { Command } from '@execd/core/driver'
import {
  type CgroupFacts,
  type CgroupPlace,
  type DeviceWish,
  deviceLines,
  deviceRules,
  limitsFor,
} from '@execd/linux/cgroup'
import type { DeviceNode } from '@execd/linux/devices'
import { unsupported } from '../errors.js'
import { line } from './lines.js'

/** What limits are written for. */
export interface LimitHost {
  readonly place: CgroupPlace
  readonly facts: CgroupFacts
}

/** A device to make, and what may be done with it. */
export interface CreatedDevice extends DeviceNode {
  readonly access: string
}

const prefixOf = ({ place }: LimitHost): string => (place.version === 2 ? 'lxc.cgroup2' : 'lxc.cgroup')

/** The device rules: everything denied but the standard devices, what the command allows and what is made for it. */
export function deviceConfig(
  { devices }: Command,
  created: readonly CreatedDevice[],
  host: LimitHost,
): string[] {
  const own: DeviceWish[] = created.flatMap(({ type, major, minor, access }) =>
    type === 'p' ? [] : [{ type, major, minor, access }],
  )
  const { deny, allow } = deviceLines(deviceRules([...devices.allowed, ...own]))
  return [
    ...(deny === null ? [] : [line(`${prefixOf(host)}.devices.deny`, deny)]),
    ...allow.map((rule) => line(`${prefixOf(host)}.devices.allow`, rule)),
  ]
}

/** The limits as lines of configuration. Throws EXECD_UNSUPPORTED for one that cannot be enforced. */
export function limitConfig({ resources }: Command, host: LimitHost): string[] {
  const limits = limitsFor(host.place, { resources, devices: null, facts: host.facts })
  const [first] = limits.unsupported
  if (first !== undefined) throw unsupported(first.field, first.reason, first.hint)
  return limits.writes.map(({ file, data, field }) => line(`${prefixOf(host)}.${file}`, data, field))
}
