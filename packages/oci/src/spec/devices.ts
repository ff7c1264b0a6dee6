import type { Command } from '@execd/core/driver'
import type { DeviceNode } from '@execd/linux/devices'
import { unsupported } from '../errors.js'
import type { OciDevice, OciDeviceRule } from './oci-types.js'

/** A device to make, and what may be done with it. */
export interface CreatedDevice extends DeviceNode {
  readonly access: string
}

/** Devices to make, when the command gives every number. Throws EXECD_UNSUPPORTED for one to be looked up: only a host can tell. */
export function givenDevices({ devices }: Command): CreatedDevice[] {
  return devices.created.map((device, index) => {
    if (device.type === null)
      throw unsupported(
        `devices.created[${index}]`,
        'it is to be like that of the host, which is not looked at here',
        'give `type`, `major` and `minor`, or `devices` as an option',
      )
    return { ...device, type: device.type, major: device.major ?? 0, minor: device.minor ?? 0 }
  })
}

/** Nodes beside those that every runtime makes: null, zero, full, random, urandom, tty, ptmx and console. */
export function toOciDevices(nodes: readonly CreatedDevice[]): OciDevice[] {
  return nodes.map(({ path, type, major, minor, fileMode, uid, gid }) => ({
    path,
    type,
    ...(type === 'p' ? {} : { major, minor }),
    fileMode,
    uid,
    gid,
  }))
}

/** Always usable; nodes may be made of any device. */
const STANDARD: readonly OciDeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 2],
  ].map(([major = 0, minor = 0]): OciDeviceRule => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
]

/** The device rules, of which the last that fits counts: everything denied but the standard ones and what the command allows. Pure. */
export function toDeviceRules({ devices }: Command, nodes: readonly CreatedDevice[]): OciDeviceRule[] {
  const all = devices.allowed.some(
    ({ type, major, minor, access }) => type === 'a' && major === null && minor === null && access === 'rwm',
  )
  if (all) return [{ allow: true, access: 'rwm' }]
  const allowed = devices.allowed.flatMap(({ type, major, minor, access }) =>
    (type === 'a' ? (['b', 'c'] as const) : [type]).map((kind) => ({
      allow: true,
      type: kind,
      ...(major === null ? {} : { major }),
      ...(minor === null ? {} : { minor }),
      access,
    })),
  )
  const own = nodes.flatMap(({ type, major, minor, access }) =>
    type === 'p' ? [] : [{ allow: true, type, major, minor, access }],
  )
  return [{ allow: false, access: 'rwm' }, ...STANDARD, ...allowed, ...own]
}
