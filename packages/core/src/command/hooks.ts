import { z } from 'zod'
import { absolutePath, text } from './text.js'
import { duration } from './units.js'

const hook = z.strictObject({
  path: absolutePath.describe('The program, on the host.'),
  args: z.array(text).default([]).describe('All arguments, argv[0] first. Empty: the path alone.'),
  env: z
    .record(z.string().regex(/^[^=\0]+$/), text)
    .default({})
    .describe('The whole environment of the program.'),
  timeout: duration()
    .default(10_000)
    .describe('Time in milliseconds after which the program is killed and counts as failed.'),
})

const list = (when: string) => z.array(hook).max(32).default([]).describe(when)

/** Programs of the host that are run in the life of a container, with the OCI state as JSON on stdin. */
export const hooksSchema = z.strictObject({
  prestart: list('After the namespaces exist, before the command runs. A failure stops the start.'),
  poststart: list('After the command has started. A failure is reported and changes nothing.'),
  poststop: list(
    'After everything of the container is gone, always, once. A failure is reported and changes nothing.',
  ),
})
