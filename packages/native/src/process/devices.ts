import { lstat } from 'node:fs/promises'
import { type Command, ExecdError } from '@execd/core/driver'
import type { DeviceNode } from '../isolation/devices.js'

/** glibc's gnu_dev_major and gnu_dev_minor: the kernel's 12 and 20 bits, spread over 64. */
const major = (device: bigint): number => Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn))
const minor = (device: bigint): number => Number((device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffffffffn))

type Created = Command['devices']['created'][number]

async function resolve(device: Created, index: number): Promise<DeviceNode> {
  const { path, fileMode, uid, gid } = device
  if (device.type !== null) {
    return { path, type: device.type, major: device.major ?? 0, minor: device.minor ?? 0, fileMode, uid, gid }
  }
  const failed = (why: string, cause?: unknown): ExecdError =>
    new ExecdError('EXECD_DEVICE', `devices.created[${index}]: ${path} ${why}`, {
      hint: 'give `type`, `major` and `minor`, or the path of a device that the host has',
      details: { driver: 'native', path: `devices.created[${index}].path`, got: path },
      cause,
    })
  let found: Awaited<ReturnType<typeof statDevice>>
  try {
    found = await statDevice(path)
  } catch (error) {
    throw failed('does not exist on the host', error)
  }
  if (found.isCharacterDevice() || found.isBlockDevice()) {
    const type = found.isBlockDevice() ? 'b' : 'c'
    return { path, type, major: major(found.rdev), minor: minor(found.rdev), fileMode, uid, gid }
  }
  throw failed('is no device on the host')
}

const statDevice = (path: string) => lstat(path, { bigint: true })

/** The device nodes to make, with the numbers that are left out taken from the host's device of the same path. Rejects with EXECD_DEVICE. */
export function resolveDevices(command: Command): Promise<DeviceNode[]> {
  return Promise.all(command.devices.created.map(resolve))
}
