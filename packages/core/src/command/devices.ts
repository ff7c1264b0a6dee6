import { z } from 'zod'
import { absolutePath, numericId } from './text.js'

const access = z
  .string()
  .regex(/^(?=.)r?w?m?$/, 'wanted a non-empty part of "rwm"')
  .default('rwm')
  .describe('What is allowed: r read, w write, m mknod.')

const number = z.number().int().min(0)

const allowedSchema = z.strictObject({
  type: z.enum(['a', 'b', 'c']).describe('Block or character devices, or all.'),
  major: number.nullable().default(null).describe('Null: any.'),
  minor: number.nullable().default(null).describe('Null: any.'),
  access,
})

const createdSchema = z
  .strictObject({
    path: absolutePath
      .refine(
        (path) => path.startsWith('/dev/') && !/^\/dev\/(pts|shm|mqueue|fd)(\/|$)/.test(path),
        'wanted a path below /dev, not in pts, shm, mqueue or fd',
      )
      .describe('Where the node is made in the container.'),
    type: z
      .enum(['b', 'c', 'p'])
      .nullable()
      .default(null)
      .describe('Block, character or FIFO. Null: as the device of the host at the same path.'),
    major: number.nullable().default(null).describe('Null: as the device of the host at the same path.'),
    minor: number.nullable().default(null).describe('Null: as the device of the host at the same path.'),
    fileMode: z.number().int().min(0).max(0o777).default(0o666).describe('Permission bits; 438 is 0o666.'),
    uid: numericId.default(0).describe('Owner inside the container.'),
    gid: numericId.default(0).describe('Group inside the container.'),
    access,
  })
  .superRefine((value, context) => {
    const given = [value.type, value.major, value.minor].filter((part) => part !== null).length
    if (value.type === 'p' ? value.major !== null || value.minor !== null : given !== 0 && given !== 3) {
      context.addIssue({
        code: 'custom',
        message: 'wanted `type`, `major` and `minor` together, none of them, or type "p" alone',
        input: value,
      })
    }
  })

/**
 * Devices. Always there and allowed: null, zero, full, random, urandom, tty, ptmx and pts. Access to all else is denied unless allowed here.
 */
export const devicesSchema = z.strictObject({
  allowed: z
    .array(allowedSchema)
    .max(256)
    .default([])
    .describe('More devices that may be used (device cgroup).'),
  created: z
    .array(createdSchema)
    .max(256)
    .default([])
    .describe('Nodes to make in /dev; each is allowed too, as its `access` says.'),
})
