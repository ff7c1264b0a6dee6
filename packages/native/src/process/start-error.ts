import { ExecdError } from '@execd/core/driver'
import { errnoName } from '../init/errno.js'
import { SyscallError } from '../sys/syscalls.js'

const HINTS: Readonly<Record<string, string>> = {
  EMFILE: 'this process has too many open descriptors: close some, or raise its limit (ulimit -n)',
  ENFILE: 'the host has too many open files: sysctl fs.file-max',
  EAGAIN: 'no more processes may be made: look at ulimit -u, pids.max of the own cgroup and kernel.pid_max',
  ENOMEM: 'the host is out of memory',
}

/** The error of a start for which something could not be had on this side. */
export function startError(error: unknown, container: string, what: string): ExecdError {
  if (ExecdError.is(error)) return error
  const code =
    error instanceof SyscallError ? errnoName(error.errno) : String((error as { code?: unknown }).code ?? '')
  const message =
    error instanceof SyscallError
      ? `${error.syscall}: ${code}`
      : String((error as { message?: unknown }).message)
  const hint = HINTS[code]
  return new ExecdError('EXECD_START_FAILED', `${what}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { driver: 'native', container, ...(code === '' ? {} : { errno: code }) },
    cause: error,
  })
}
