/**
 * Splits a precise total into user and system time by the ratio of two imprecise samples, as the kernel's cputime_adjust() does:
 * cpuacct.usage_user and usage_sys count timer ticks where the total counts nanoseconds. Without any sample all of it is user time.
 * Same unit in and out. Pure.
 */
export function splitCpuTime(
  total: number,
  user: number | null,
  system: number | null,
): { readonly user: number; readonly system: number } {
  const ticks = (user ?? 0) + (system ?? 0)
  const part = ticks === 0 ? 0 : Math.round((total * (system ?? 0)) / ticks)
  return { user: total - part, system: part }
}
