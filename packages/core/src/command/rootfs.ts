import { z } from 'zod'
import { absolutePath } from './text.js'
import { size } from './units.js'

const directory = z.strictObject({
  type: z.literal('directory'),
  path: absolutePath.describe('The prepared root file system on the host. Must be an existing directory.'),
  readonly: z
    .boolean()
    .default(false)
    .describe('Mount the root read-only. Mounts below it keep their own flags.'),
  idmap: z
    .boolean()
    .default(false)
    .describe(
      "With a private user namespace: ids of the files are ids inside, so that root's files are those of the container's root (an id-mapped mount, mount_setattr(2)). The file system must support it: ext4 and xfs do since Linux 5.12, btrfs since 5.15, tmpfs since 6.3.",
    ),
})

const overlay = z
  .strictObject({
    type: z.literal('overlay'),
    lower: z
      .union([absolutePath.transform((path) => [path]), z.array(absolutePath).min(1).max(128)], {
        error: 'wanted an absolute path or an array of them',
      })
      .describe(
        'The read-only layer, or several with the topmost first. See overlayfs in the kernel documentation.',
      ),
    upper: absolutePath
      .nullable()
      .default(null)
      .describe('Where changes are kept. Null: a throw-away layer in memory, gone with the container.'),
    work: absolutePath
      .nullable()
      .default(null)
      .describe('An empty directory on the file system of `upper`, needed with `upper`.'),
    size: size({ min: 65536 })
      .nullable()
      .default(null)
      .describe(
        'Largest size in bytes of the throw-away layer. Null: half of the memory of the machine (tmpfs default).',
      ),
    readonly: z.boolean().default(false).describe('Mount the root read-only.'),
  })
  .superRefine((value, context) => {
    if ((value.upper === null) !== (value.work === null)) {
      context.addIssue({
        code: 'custom',
        path: [value.upper === null ? 'upper' : 'work'],
        message: 'wanted both `upper` and `work`, or neither for a throw-away layer',
        input: null,
      })
    }
    if (value.upper !== null && value.size !== null) {
      context.addIssue({
        code: 'custom',
        path: ['size'],
        message: 'wanted no size: it limits the throw-away layer only',
        input: value.size,
      })
    }
  })

const host = z.strictObject({
  type: z.literal('host'),
  readonly: z
    .boolean()
    .default(false)
    .describe('True: no throw-away layer, the view of the host is read-only.'),
  size: size({ min: 65536 })
    .nullable()
    .default(null)
    .describe(
      'Largest size in bytes of the throw-away layer. Null: half of the memory of the machine (tmpfs default).',
    ),
})

/**
 * The root file system. A string is a directory. `host` shows the host's own files read-only with a throw-away layer on top; /run, /tmp, /root,
 * /home and file systems that are mounted deeper are not shown; without root a top folder that has such mounts in it is shown as it is, read-only.
 */
export const rootfsSchema = z
  .union(
    [
      absolutePath.transform((path) => ({ type: 'directory' as const, path, readonly: false, idmap: false })),
      z.discriminatedUnion('type', [directory, overlay, host]),
    ],
    { error: 'wanted an absolute path, or an object of type "directory", "overlay" or "host"' },
  )
  .describe('The root file system: a path, or an object of type "directory", "overlay" or "host".')
