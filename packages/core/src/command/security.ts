import { z } from 'zod'
import { absolutePath, line } from './text.js'

/** /proc and /sys files that tell of, or reach, the host (Docker's list). */
export const DEFAULT_MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
]

/** Paths that may be read but not written (Docker's list). */
export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
]

export const maskedPathsSchema = z
  .array(absolutePath)
  .max(256)
  .default([...DEFAULT_MASKED_PATHS])
  .describe(
    'Paths covered by an empty directory or the null device. Missing ones are skipped. Replaces the default list.',
  )

export const readonlyPathsSchema = z
  .array(absolutePath)
  .max(256)
  .default([...DEFAULT_READONLY_PATHS])
  .describe('Paths made read-only. Missing ones are skipped. Replaces the default list.')

const json = z.json().meta({ id: 'json', title: 'JSON value' })

const seccompRule = z
  .object({
    names: z.array(z.string()).min(1).describe('System calls by name.'),
    action: z.string().describe('What happens to them, such as "SCMP_ACT_ALLOW".'),
  })
  .catchall(json)

const seccompProfile = z
  .object({
    defaultAction: z
      .string()
      .regex(/^SCMP_ACT_[A-Z_]+$/, 'wanted an action such as "SCMP_ACT_ERRNO"')
      .describe('What happens to system calls that no rule names.'),
    syscalls: z
      .array(seccompRule)
      .default([])
      .describe('The rules. Other fields are those of the OCI or Docker form.'),
  })
  .catchall(json)

/** Which system calls may be made: the default profile, none refused, or a profile in the OCI or Docker form. */
export const seccompSchema = z
  .union([z.enum(['default', 'unconfined']), seccompProfile], {
    error: 'wanted "default", "unconfined" or a profile object with a `defaultAction`',
  })
  .default('default')
  .describe(
    'System call filter: "default" (Docker\'s profile, tightened), "unconfined", or a profile object (OCI `linux.seccomp`, or Docker\'s form with includes and excludes).',
  )

/** Keys that belong to a namespace of the container, by the namespace that makes them so. */
const NAMESPACED: ReadonlyArray<readonly [pattern: RegExp, namespace: 'network' | 'ipc']> = [
  [/^net\./, 'network'],
  [/^kernel\.(shmall|shmmax|shmmni|shm_rmid_forced|msgmax|msgmnb|msgmni|sem)$/, 'ipc'],
  [/^fs\.mqueue\./, 'ipc'],
]

/** The namespace that a sysctl belongs to, or undefined when it is the whole host's (and refused: CVE-2022-0811). */
export function sysctlNamespace(key: string): 'network' | 'ipc' | undefined {
  return NAMESPACED.find(([pattern]) => pattern.test(key))?.[1]
}

const sysctlKey = z
  .string()
  .regex(/^[a-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/, 'wanted a key such as "net.ipv4.ip_forward"')
  .refine(
    (key) => sysctlNamespace(key) !== undefined,
    'wanted a key of a namespace: net.*, fs.mqueue.*, kernel.shm*, kernel.msg* or kernel.sem',
  )

export const sysctlSchema = z
  .record(
    sysctlKey,
    line.refine((value) => value !== '', 'wanted a value that is not empty'),
  )
  .default({})
  .describe('Kernel parameters of the container\'s own namespaces, such as "net.ipv4.ip_forward".')
