import { lstat, readdir } from 'node:fs/promises'
import { type Command, ExecdError } from '@execd/core/driver'
import { type DeviceNode, deviceOf } from '@execd/linux/devices'
import type { HostFacts } from '../host/facts.js'

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
  const numbers = deviceOf(found)
  if (numbers === null) throw failed('is no device on the host')
  return { path, ...numbers, fileMode, uid, gid }
}

const statDevice = (path: string) => lstat(path, { bigint: true })

/** Folders and files of the host's /dev that a container has of its own. */
const OWN: ReadonlySet<string> = new Set(['pts', 'shm', 'mqueue', 'fd', 'console', 'ptmx', 'core'])

async function hostNode(path: string): Promise<DeviceNode[]> {
  try {
    const found = await statDevice(path)
    const { mode, uid, gid } = found
    const numbers = deviceOf(found)
    if (numbers === null) return [] // something else was put in its place
    return [
      {
        path,
        ...numbers,
        fileMode: Number(mode & 0o777n),
        uid: Number(uid),
        gid: Number(gid),
      },
    ]
  } catch {
    return [] // unplugged meanwhile
  }
}

/** Every device node below a folder of the host, folders inside it included. */
async function hostDevices(folder: string): Promise<DeviceNode[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    (entry) => folder !== '/dev' || !OWN.has(entry.name),
  )
  const found = await Promise.all(
    entries.map((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return hostDevices(path)
      return entry.isCharacterDevice() || entry.isBlockDevice() ? hostNode(path) : []
    }),
  )
  return found.flat()
}

/**
 * The device nodes to make, with the numbers that are left out taken from the host's device of the same path; a privileged container
 * also gets every node of the host. Rejects with EXECD_DEVICE.
 */
export async function resolveDevices(command: Command, host: HostFacts): Promise<DeviceNode[]> {
  const wanted = await Promise.all(command.devices.created.map(resolve))
  if (!command.process.privileged || !host.privileged) return wanted
  const paths = new Set(wanted.map((node) => node.path))
  return [...wanted, ...(await hostDevices('/dev')).filter((node) => !paths.has(node.path))]
}
