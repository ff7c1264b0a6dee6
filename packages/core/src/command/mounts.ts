import { z } from 'zod'
import { parseMountOptions } from './mount-options.js'
import { absolutePath, text } from './text.js'

/** Below these no mount may be placed: what is written there reaches the kernel (CVE-2015-3631, CVE-2019-16884). */
const FORBIDDEN = /^(\/|\/proc(\/.*)?|\/sys|\/dev|\/dev\/pts(\/.*)?)$/

const destination = absolutePath
  .refine(
    (path) => !FORBIDDEN.test(path),
    'wanted a place other than "/", "/sys", "/dev", "/dev/pts" and anything under /proc',
  )
  .describe(
    'Where it appears in the container. Missing parts are made as directories (a file for a file), never through a symbolic link.',
  )

const options = z
  .array(text)
  .default([])
  .describe(
    'Words of mount(8): ro, rw, nosuid (default), suid, nodev (default), dev, noexec, exec, noatime, relatime, strictatime, nodiratime, nosymfollow, ' +
      'bind, rbind (default), private, rprivate (default), shared, rshared, slave, rslave, idmap, ridmap (with a private user namespace: ids of the files are ids inside); for tmpfs noexec is a default, and size=, mode=, uid=, gid=, nr_inodes=, nr_blocks=.',
  )

const bind = z.strictObject({
  type: z.literal('bind'),
  source: absolutePath.describe(
    'A file or directory of the host. Must exist. "ro" holds for every mount below it too.',
  ),
  destination,
  options,
})

const tmpfs = z.strictObject({ type: z.literal('tmpfs'), destination, options })

const mount = z.discriminatedUnion('type', [bind, tmpfs]).superRefine((value, context) => {
  const { unknown } = parseMountOptions(value.type, value.options)
  for (const word of unknown) {
    context.addIssue({
      code: 'custom',
      path: ['options', value.options.indexOf(word)],
      message: `wanted an option of a ${value.type} mount`,
      input: word,
    })
  }
})

/** Mounts added to the container's own, in order. */
export const mountsSchema = z
  .array(mount)
  .max(256)
  .default([])
  .superRefine((mounts, context) => {
    const seen = new Map<string, number>()
    for (const [index, { destination: place }] of mounts.entries()) {
      const first = seen.get(place)
      if (first === undefined) seen.set(place, index)
      else {
        context.addIssue({
          code: 'custom',
          path: [index, 'destination'],
          message: `wanted a destination of its own: mounts[${first}] has the same`,
          input: place,
        })
      }
    }
  })
