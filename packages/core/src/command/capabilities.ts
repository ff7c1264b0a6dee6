import { z } from 'zod'

/** The capabilities of Linux by number (capabilities(7), include/uapi/linux/capability.h). */
export const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const

export type Capability = (typeof CAPABILITIES)[number]

/** Docker's default set: what a container's root needs for ordinary work and nothing that reaches the host. */
export const DEFAULT_CAPABILITIES: readonly Capability[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]

const known: ReadonlySet<string> = new Set(CAPABILITIES)

function isKnown(name: string): name is Capability {
  return known.has(name)
}

function canonical(name: string): string {
  const upper = name.toUpperCase()
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`
}

const capabilityOrAll = z.string().transform((value, context): Capability | 'ALL' => {
  const name = canonical(value)
  if (name === 'ALL' || isKnown(name)) return name
  context.addIssue({
    code: 'custom',
    message: 'wanted a capability such as "NET_ADMIN" or "CAP_NET_ADMIN", or "ALL"',
    input: value,
    continue: false,
  })
  return z.NEVER
})

const capability = z.string().transform((value, context): Capability => {
  const name = canonical(value)
  if (isKnown(name)) return name
  context.addIssue({
    code: 'custom',
    message: 'wanted a capability such as "NET_ADMIN" or "CAP_NET_ADMIN"',
    input: value,
    continue: false,
  })
  return z.NEVER
})

/** Changes to the default capability set. Names in any case, with or without `CAP_`. */
export const capabilitiesSchema = z.strictObject({
  add: z
    .array(capabilityOrAll)
    .default([])
    .describe('Capabilities added to the default set; "ALL" for every one. Wins over `drop`.'),
  drop: z
    .array(capabilityOrAll)
    .default([])
    .describe('Capabilities taken from the default set; "ALL" to start from nothing.'),
  ambient: z
    .array(capability)
    .default([])
    .describe(
      'Capabilities that a user other than root keeps across execve(2). Each must be in the resulting set.',
    ),
})

/**
 * The set that `add` and `drop` give, in the kernel's order: "ALL" in `add` starts from every capability, "ALL" in `drop` from none; then drops, then
 * explicit adds, so that an explicit add wins over a drop (as Docker's TweakCapabilities).
 */
export function effectiveCapabilities(change: {
  add: readonly string[]
  drop: readonly string[]
}): Capability[] {
  const base = new Set<string>(change.add.includes('ALL') ? CAPABILITIES : DEFAULT_CAPABILITIES)
  if (change.drop.includes('ALL')) base.clear()
  for (const name of change.drop) base.delete(name)
  for (const name of change.add) if (name !== 'ALL') base.add(name)
  return CAPABILITIES.filter((name) => base.has(name))
}
