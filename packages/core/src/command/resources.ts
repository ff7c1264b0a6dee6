import { z } from 'zod'
import { size } from './units.js'

const cpuList = z
  .string()
  .regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, 'wanted a list such as "0-3,8" (cpuset(7), "List format")')

const memorySchema = z
  .strictObject({
    limit: size({ min: 4 * 1024 ** 2 })
      .nullable()
      .default(null)
      .describe(
        'Hard limit in bytes, at least 4 MiB (less leaves no room to start). Null: none. v1 memory.limit_in_bytes, v2 memory.max.',
      ),
    reservation: size()
      .nullable()
      .default(null)
      .describe(
        'Soft limit in bytes, kept under memory pressure. Null: none. v1 memory.soft_limit_in_bytes, v2 memory.low.',
      ),
    swap: z
      .union([z.literal(-1), size()])
      .nullable()
      .default(null)
      .describe(
        'Memory and swap together in bytes, -1: unlimited. Null: as `limit`, so no swap. v1 memory.memsw.limit_in_bytes, v2 memory.swap.max.',
      ),
    swappiness: z
      .number()
      .int()
      .min(0)
      .max(100)
      .nullable()
      .default(null)
      .describe('v1 memory.swappiness. Null: as inherited. cgroup v2 has none.'),
    disableOOMKiller: z
      .boolean()
      .default(false)
      .describe(
        'Processes wait instead of being killed when the limit is reached. v1 memory.oom_control. cgroup v2 has none.',
      ),
  })
  .superRefine((value, context) => {
    const issue = (key: string, message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path: [key], message, input })
    if (value.limit === null) {
      if (value.swap !== null && value.swap !== -1) issue('swap', 'wanted together with `limit`', value.swap)
      if (value.disableOOMKiller) issue('disableOOMKiller', 'wanted only together with `limit`', true)
      return
    }
    if (value.swap !== null && value.swap !== -1 && value.swap < value.limit) {
      issue('swap', 'wanted at least `limit`: it counts memory and swap together', value.swap)
    }
    if (value.reservation !== null && value.reservation > value.limit) {
      issue('reservation', 'wanted at most `limit`', value.reservation)
    }
  })

const cpuSchema = z
  .strictObject({
    shares: z
      .number()
      .int()
      .min(2)
      .max(262144)
      .nullable()
      .default(null)
      .describe(
        "Weight against other groups under load; 1024 is the kernel's default. v1 cpu.shares; v2 cpu.weight by the OCI conversion.",
      ),
    cpus: z
      .number()
      .min(0.01)
      .max(8192)
      .nullable()
      .default(null)
      .describe(
        "How many processors' worth of time it may use, such as 0.5. A short form of `quota` with a period of 100 ms.",
      ),
    quota: z
      .number()
      .int()
      .min(1000)
      .nullable()
      .default(null)
      .describe(
        'Microseconds of processor time in each `period`. Null: no limit. v1 cpu.cfs_quota_us, v2 cpu.max.',
      ),
    period: z
      .number()
      .int()
      .min(1000)
      .max(1_000_000)
      .nullable()
      .default(null)
      .describe('Microseconds. Null: 100000. v1 cpu.cfs_period_us, v2 cpu.max.'),
    cpusetCpus: cpuList
      .nullable()
      .default(null)
      .describe('Processors it may run on, such as "0-3,8". Null: as the parent group. cpuset(7).'),
    cpusetMems: cpuList
      .nullable()
      .default(null)
      .describe('Memory nodes it may use. Null: as the parent group. cpuset(7).'),
  })
  .superRefine((value, context) => {
    if (value.cpus !== null && (value.quota !== null || value.period !== null)) {
      context.addIssue({
        code: 'custom',
        path: ['cpus'],
        message: 'wanted either `cpus` or `quota` and `period`',
        input: value.cpus,
      })
    }
  })
  .transform(({ cpus, ...value }) =>
    cpus === null ? value : { ...value, quota: Math.max(1000, Math.round(cpus * 100_000)), period: 100_000 },
  )

const pidsSchema = z.strictObject({
  limit: z
    .union([z.literal(-1), z.number().int().min(1).max(4194304)])
    .nullable()
    .default(null)
    .describe('Most processes and threads at once, -1: unlimited. Null: no limit of its own. pids.max.'),
})

const device = {
  major: z.number().int().min(0).max(4095).describe('Major number of the device.'),
  minor: z.number().int().min(0).max(1048575).describe('Minor number of the device.'),
}
const weight = z.number().int().min(10).max(1000)
const weightDevice = z.strictObject({ ...device, weight: weight.describe('10 to 1000.') })
const throttleDevice = z.strictObject({
  ...device,
  rate: size({ min: 1 }).describe('Bytes, or operations, a second.'),
})
const throttle = (file: string) =>
  z
    .array(throttleDevice)
    .max(64)
    .default([])
    .describe(`Limits by device. v1 blkio.throttle.${file}, v2 io.max.`)

const blockIOSchema = z.strictObject({
  weight: weight
    .nullable()
    .default(null)
    .describe('Weight, 10 to 1000. v1 blkio.weight or blkio.bfq.weight, v2 io.weight or io.bfq.weight.'),
  weightDevice: z.array(weightDevice).max(64).default([]).describe('Weights by device.'),
  throttleReadBpsDevice: throttle('read_bps_device'),
  throttleWriteBpsDevice: throttle('write_bps_device'),
  throttleReadIOPSDevice: throttle('read_iops_device'),
  throttleWriteIOPSDevice: throttle('write_iops_device'),
})

const unifiedSchema = z
  .record(
    z
      .string()
      .regex(
        /^[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)+$/,
        'wanted the name of a cgroup v2 file, such as "memory.high"',
      )
      .refine((name) => !name.startsWith('cgroup.'), 'wanted no "cgroup.*" file: those belong to the driver'),
    z.string().refine((value) => !value.includes('\0'), 'wanted text without NUL'),
  )
  .describe('cgroup v2 files by name, written as they are, after all else. Refused on other hierarchies.')

/** Limits, in the names of the OCI runtime specification (`linux.resources`). */
export const resourcesSchema = z.strictObject({
  memory: memorySchema.prefault({}).describe('Memory.'),
  cpu: cpuSchema.prefault({}).describe('Processor time and placement.'),
  pids: pidsSchema.prefault({}).describe('Processes and threads.'),
  blockIO: blockIOSchema.prefault({}).describe('Block devices.'),
  unified: unifiedSchema.default({}),
})
