import { z } from 'zod'
import { capabilitiesSchema } from './capabilities.js'
import { absolutePath, ID_WANTED, line, numericId, text, USER_WANTED, userOrGroup, userSpec } from './text.js'

/** The resource limits of setrlimit(2). `RLIMIT_AS` is taken too, though Docker's text form refuses it. */
export const RLIMITS = [
  'RLIMIT_CPU',
  'RLIMIT_FSIZE',
  'RLIMIT_DATA',
  'RLIMIT_STACK',
  'RLIMIT_CORE',
  'RLIMIT_RSS',
  'RLIMIT_NPROC',
  'RLIMIT_NOFILE',
  'RLIMIT_MEMLOCK',
  'RLIMIT_AS',
  'RLIMIT_LOCKS',
  'RLIMIT_SIGPENDING',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
] as const

const rlimitValue = z.union([z.number().int().min(0), z.literal('unlimited')])

const rlimitSchema = z
  .strictObject({
    type: z.enum(RLIMITS).describe('The limit, by the name of setrlimit(2).'),
    soft: rlimitValue.describe('The value enforced, in the unit of setrlimit(2), or "unlimited".'),
    hard: rlimitValue.optional().describe('The ceiling of the soft value. Default: the soft value.'),
  })
  .transform((value) => ({ ...value, hard: value.hard ?? value.soft }))
  .superRefine((value, context) => {
    const soft = value.soft === 'unlimited' ? Number.POSITIVE_INFINITY : value.soft
    const hard = value.hard === 'unlimited' ? Number.POSITIVE_INFINITY : value.hard
    if (soft > hard)
      context.addIssue({
        code: 'custom',
        path: ['soft'],
        message: 'wanted at most the hard limit',
        input: value.soft,
      })
  })

const consoleSizeSchema = z.strictObject({
  height: z.number().int().min(1).max(65535).describe('Rows.'),
  width: z.number().int().min(1).max(65535).describe('Columns.'),
})

const envSchema = z.record(z.string().regex(/^[^=\0]+$/, 'wanted a name without "=" and NUL'), text)

const fields = {
  args: z
    .array(text)
    .min(1)
    .describe(
      'The program and its arguments. A program without "/" is searched in PATH inside the container.',
    ),
  env: envSchema
    .default({})
    .describe(
      'The whole environment but for PATH, and HOME and TERM where they apply, which have defaults. Nothing is inherited.',
    ),
  cwd: absolutePath.default('/').describe('Working directory inside the container. Must exist.'),
  user: z
    .union([numericId.transform(String), userSpec], { error: `wanted ${USER_WANTED}` })
    .nullable()
    .default(null)
    .describe(
      '"user" or "user:group", by name (looked up inside the rootfs) or number. Null: root, or nobody (65534) when the rootfs is the host.',
    ),
  additionalGroups: z
    .array(z.union([numericId.transform(String), userOrGroup], { error: `wanted ${ID_WANTED}` }))
    .max(64)
    .default([])
    .describe(
      'Supplementary groups, by name or number. The groups of the calling process are never inherited.',
    ),
  umask: z.number().int().min(0).max(0o777).default(0o022).describe('File mode creation mask; 18 is 0o022.'),
  terminal: z
    .boolean()
    .default(false)
    .describe('Give the process a pseudo-terminal of its own; stdout and stderr are then one stream.'),
  consoleSize: consoleSizeSchema
    .nullable()
    .default(null)
    .describe(
      'Size of the terminal from its first byte on. Null: 24 rows and 80 columns. Only with `terminal`.',
    ),
  rlimits: z.array(rlimitSchema).default([]).describe('Limits of setrlimit(2), set before the user changes.'),
  noNewPrivileges: z
    .boolean()
    .default(true)
    .describe('Set-user-ID programs and file capabilities give nothing (PR_SET_NO_NEW_PRIVS).'),
  capabilities: capabilitiesSchema
    .prefault({})
    .describe("Changes to the default capability set, which is Docker's."),
  privileged: z
    .boolean()
    .default(false)
    .describe(
      'All capabilities and devices, no seccomp filter, no masked or read-only paths, new privileges allowed. Fields set by hand win. No security boundary.',
    ),
  oomScoreAdj: z
    .number()
    .int()
    .min(-1000)
    .max(1000)
    .nullable()
    .default(null)
    .describe('Value for /proc/self/oom_score_adj (proc(5)). Null: as inherited.'),
  apparmorProfile: line
    .nullable()
    .default(null)
    .describe('AppArmor profile to enter on exec. Null: none asked for.'),
  selinuxLabel: line
    .nullable()
    .default(null)
    .describe('SELinux context to enter on exec. Null: none asked for.'),
}

function checkTerminal(value: { terminal: boolean; consoleSize: unknown }, context: z.RefinementCtx): void {
  if (!value.terminal && value.consoleSize !== null) {
    context.addIssue({
      code: 'custom',
      path: ['consoleSize'],
      message: 'wanted only together with `terminal: true`',
      input: value.consoleSize,
    })
  }
}

/** The process to run: the container's first one, or one more by `exec`. */
export const processSchema = z.strictObject(fields).superRefine(checkTerminal)
