import { z } from 'zod'
import { checkCommand } from './check.js'
import { devicesSchema } from './devices.js'
import { hooksSchema } from './hooks.js'
import { mountsSchema } from './mounts.js'
import { namespacesSchema } from './namespaces.js'
import { networkSchema } from './network.js'
import { processSchema } from './process.js'
import { resourcesSchema } from './resources.js'
import { rootfsSchema } from './rootfs.js'
import { maskedPathsSchema, readonlyPathsSchema, seccompSchema, sysctlSchema } from './security.js'
import { absolutePath, containerId, line } from './text.js'

const hostname = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/,
    'wanted 1 to 64 letters, digits, "-" and "." (sethostname(2))',
  )

/** Everything about a container, as plain JSON. */
export const commandSchema = z
  .strictObject({
    id: containerId.nullable().default(null).describe('Identity. Null: a new one is made.'),
    labels: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe('Words of the caller, given back by `info` and `list`; they change nothing.'),
    hostname: hostname
      .nullable()
      .default(null)
      .describe('Host name inside. Null: the id, cut to 64 characters, in a private UTS namespace.'),
    domainname: hostname.nullable().default(null).describe('NIS domain name inside. Null: unchanged.'),
    rootfs: rootfsSchema,
    process: processSchema.describe('The first process.'),
    init: z
      .boolean()
      .default(false)
      .describe(
        'Run the process under a small init that reaps orphans and forwards signals, instead of as process 1 itself.',
      ),
    namespaces: namespacesSchema
      .prefault({})
      .describe("Namespaces other than the mount namespace, which is always private, and the network's."),
    network: networkSchema.prefault({}).describe('The network. Default: none but lo.'),
    resources: resourcesSchema.prefault({}).describe('Limits of the whole container (cgroups).'),
    mounts: mountsSchema.describe("Mounts added to the container's own, in order."),
    devices: devicesSchema
      .prefault({})
      .describe(
        'Devices besides null, zero, full, random, urandom, tty, ptmx and pts, which are always there.',
      ),
    seccomp: seccompSchema,
    maskedPaths: maskedPathsSchema,
    readonlyPaths: readonlyPathsSchema,
    sysctl: sysctlSchema,
    mountLabel: line
      .nullable()
      .default(null)
      .describe("SELinux context of the container's own mounts. Null: none."),
    cgroupParent: absolutePath
      .nullable()
      .default(null)
      .describe(
        "Parent cgroup below which the container's is made, from the root of the hierarchy. Null: chosen by the driver.",
      ),
    hooks: hooksSchema
      .prefault({})
      .describe(
        'Programs of the host run in the life of the container, with the OCI state as JSON on stdin.',
      ),
  })
  .superRefine(checkCommand)

/** A command as a caller writes it: defaults may be left out, sizes and times may be text. */
export type CommandInput = z.input<typeof commandSchema>
/** A command with every default filled in and every unit converted. */
export type ParsedCommand = z.output<typeof commandSchema>
/** A command as a driver gets it: parsed, with an id. Frozen. */
export type Command = Readonly<Omit<ParsedCommand, 'id'> & { id: string }>

export type ProcessInput = z.input<typeof processSchema>
export type ProcessSpec = z.output<typeof processSchema>
export type ResourcesInput = z.input<typeof resourcesSchema>
export type Resources = z.output<typeof resourcesSchema>
export type Rootfs = z.output<typeof rootfsSchema>
export type Mount = ParsedCommand['mounts'][number]
export type Namespaces = z.output<typeof namespacesSchema>
export type Network = z.output<typeof networkSchema>
export type Devices = z.output<typeof devicesSchema>
