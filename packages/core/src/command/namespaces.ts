import { z } from 'zod'
import { absolutePath, containerId, numericId } from './text.js'

const ofContainer = z.strictObject({
  container: containerId.describe('Id of a running container of the same runtime to share with.'),
})
const ofPath = z.strictObject({
  path: absolutePath.describe('A namespace file, such as /run/netns/NAME or /proc/PID/ns/ipc.'),
})

/** Which namespace a process gets: one of its own, the host's, that of another container, or the one behind a file. */
export const namespaceChoice = z.union([z.enum(['private', 'host']), ofContainer, ofPath], {
  error: 'wanted "private", "host", { container: ID } or { path: FILE }',
})

const idMapping = z.strictObject({
  containerID: numericId.describe('First id inside.'),
  hostID: numericId.describe('First id outside.'),
  size: z.number().int().min(1).max(4294967295).describe('How many ids.'),
})

const idMappings = z
  .array(idMapping)
  .max(340) // user_namespaces(7): the kernel takes at most 340 lines
  .superRefine((maps, context) => {
    for (const key of ['containerID', 'hostID'] as const) {
      const sorted = [...maps].sort((a, b) => a[key] - b[key])
      for (const [index, map] of sorted.entries()) {
        const before = sorted[index - 1]
        if (before !== undefined && before[key] + before.size > map[key]) {
          context.addIssue({
            code: 'custom',
            message: `wanted ranges that do not overlap in ${key}`,
            input: map,
          })
        }
      }
    }
  })

/** The namespaces other than the network's (see `network`). The mount namespace is always private. */
export const namespacesSchema = z.strictObject({
  pid: namespaceChoice.default('private').describe('Process ids. pid_namespaces(7).'),
  ipc: namespaceChoice
    .default('private')
    .describe('System V IPC and POSIX message queues. ipc_namespaces(7).'),
  uts: namespaceChoice.default('private').describe('Host and domain name. uts_namespaces(7).'),
  cgroup: z
    .enum(['private', 'host'])
    .default('private')
    .describe('View of the cgroup hierarchy. cgroup_namespaces(7).'),
  user: z
    .enum(['auto', 'private', 'host'])
    .default('auto')
    .describe(
      'User and group ids. "auto": private when the caller is not root or mappings are given, else the host\'s. user_namespaces(7).',
    ),
  uidMappings: idMappings
    .default([])
    .describe(
      'User ids inside to user ids outside. Empty: chosen by the driver. Files keep the owners that they have on the host, and one that is not mapped shows as 65534 inside, unless `rootfs.idmap` or the mount option `idmap` maps owners.',
    ),
  gidMappings: idMappings
    .default([])
    .describe('Group ids inside to group ids outside. Empty: chosen by the driver.'),
})
