import { CAPABILITIES } from '@execd/core/driver'
import { MACHINES, type RuleContext, ruleContext, type SeccompMachine } from '@execd/linux/seccomp'

/** What a profile is compiled for. */
export interface SeccompContext {
  /** The machine, as `process.arch`. */
  readonly arch: SeccompMachine
  /** The bounding set of the process to be filtered, for example `CAP_CHOWN`. Decides on `includes.caps`. */
  readonly capabilities: readonly string[]
  /** The kernel's release, as `os.release()`. Decides on `minKernel`. */
  readonly kernel: string
  /**
   * The 32-bit entry point of the machine: i386 on x86-64, ARM EABI on arm64, where the profile lists it.
   *
   * `filter` (default) gives it a filter of its own, by its own numbers. `refuse` kills the process at its first such
   * call, as for an entry point that the profile does not list: the choice for containers without 32-bit programs, since
   * an entry point that nobody uses is only attack surface.
   */
  readonly foreign?: 'filter' | 'refuse'
  /**
   * x32 calls on x86-64, where the profile lists them.
   *
   * `refuse` (default) answers ENOSYS, which is what kernels say that are built without x32, as nearly all are. `filter`
   * gives them a filter of their own.
   */
  readonly x32?: 'filter' | 'refuse'
  /**
   * i386 `socketcall` and `ipc`, which carry the real call's number in a register and its arguments behind a pointer,
   * where no filter can look.
   *
   * `refuse` (default) answers ENOSYS unless the profile treats every call behind them as it treats them; so under a profile
   * that restricts `socket`, `socketcall` is refused. ENOSYS is the kernel's answer when it is built without networking, and
   * a C library that knows both ways (musl, bionic) then makes the direct calls that exist since Linux 4.3 and that the
   * filter does see. glibc for i386 knows only `socketcall`: 32-bit glibc programs have no sockets under such a profile
   * unless this is `allow`, and then they have every address family.
   */
  readonly multiplexers?: 'allow' | 'refuse'
}

export interface CheckedContext
  extends RuleContext,
    Required<Omit<SeccompContext, 'arch' | 'capabilities' | 'kernel'>> {}

/** Fills in the defaults. Throws TypeError on a context that is none: a mistake of the caller, not of a profile. */
export function checkContext(context: SeccompContext): CheckedContext {
  if (!Object.hasOwn(MACHINES, context.arch)) {
    throw new TypeError(
      `seccomp: no system call tables for arch ${String(context.arch)}, only for x64 and arm64`,
    )
  }
  for (const name of context.capabilities) {
    if (!NUMBERS.has(name)) throw new TypeError(`seccomp: ${String(name)} is not a capability`)
  }
  return {
    ...ruleContext(context.arch, context.capabilities, context.kernel),
    foreign: oneOf(context.foreign ?? 'filter', ['filter', 'refuse'], 'foreign'),
    x32: oneOf(context.x32 ?? 'refuse', ['filter', 'refuse'], 'x32'),
    multiplexers: oneOf(context.multiplexers ?? 'refuse', ['allow', 'refuse'], 'multiplexers'),
  }
}

/** Two contexts with the same key give the same program for the same profile. */
export function cacheKey(context: SeccompContext): string {
  const { arch, kernel, capabilities, foreign, x32, multiplexers } = checkContext(context)
  let mask = 0n
  for (const name of capabilities) mask |= 1n << BigInt(NUMBERS.get(name) ?? 0)
  return [arch, `${kernel.major}.${kernel.minor}`, mask.toString(16), foreign, x32, multiplexers].join(' ')
}

function oneOf<T extends string>(value: T, allowed: readonly T[], field: string): T {
  if (allowed.includes(value)) return value
  throw new TypeError(`seccomp: ${field} is ${String(value)}, wanted ${allowed.join(' or ')}`)
}

const NUMBERS: ReadonlyMap<string, number> = new Map(CAPABILITIES.map((name, number) => [name, number]))
