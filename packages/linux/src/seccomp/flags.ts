// linux/seccomp.h. NEW_LISTENER and WAIT_KILLABLE_RECV belong to SCMP_ACT_NOTIFY, which is refused.
const FLAGS: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1 << 0,
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
}

export const FLAG_NAMES: readonly string[] = Object.keys(FLAGS)

/** The `flags` argument of seccomp(2) for a validated profile. */
export function filterFlags(names: readonly string[] = []): number {
  return names.reduce((flags, name) => flags | (FLAGS[name] ?? 0), 0)
}
