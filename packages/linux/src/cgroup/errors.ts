import { ExecdError } from '@execd/core/driver'
import type { LimitWrite } from './types.js'

/** What each errno of a limit's file means (kernel/cgroup, mm/memcontrol*.c, kernel/cgroup/cpuset.c), beyond "refused". */
const LIMIT_HINTS: Readonly<Record<string, string>> = {
  EBUSY: 'more is in use than the new limit allows: raise the limit or stop something in the container first',
  EINVAL: 'the value does not fit the host or the parent group: see the limits of the parent cgroup',
  ERANGE: 'the value is out of the range that this kernel takes',
  EACCES: 'the value must be within that of the parent cgroup',
  ENOSPC: 'the cpuset would be left without processors or memory nodes',
  ENODEV: 'there is no such device on this host',
}

/** The error for a limit that could not be written. A missing file is a field that this kernel does not have. Pure. */
export function limitError(write: LimitWrite, errno: string, id: string, cause?: unknown): ExecdError {
  const details = { path: write.field, got: write.data, step: `write ${write.file}`, errno, container: id }
  if (errno === 'ENOENT' || errno === 'EOPNOTSUPP') {
    const message = `${write.field}: this kernel's cgroups have no ${write.file}`
    return new ExecdError('EXECD_UNSUPPORTED', message, {
      hint: 'leave it out, or use a newer kernel',
      details,
      cause,
    })
  }
  if (errno === 'EPERM' || errno === 'EROFS')
    return groupError(`could not write ${write.file}`, errno, details, cause)
  const message = `${write.field}: the kernel refused ${JSON.stringify(write.data)} for ${write.file} (${errno})`
  const hint = LIMIT_HINTS[errno] ?? 'see cgroups(7) for the values that this file takes'
  return new ExecdError('EXECD_LIMIT', message, { hint, details, cause })
}

const GROUP_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'run it as root, or in a delegated cgroup: systemd-run --user --scope -p Delegate=yes ...',
  EPERM: 'run it as root, or in a delegated cgroup: systemd-run --user --scope -p Delegate=yes ...',
  EROFS:
    'the cgroup file system is mounted read-only; inside a container, start that one with writable cgroups',
  ENOENT: 'the parent group was removed meanwhile, or a controller is not passed on to it',
  EBUSY: 'processes are in a group that has to pass controllers on: move them to a group below it',
  EAGAIN:
    'the limit on the number of groups or processes of a parent is reached: see cgroup.max.descendants and pids.max',
  ENOSPC: 'too many cgroups on this host, or an empty cpuset in a parent group',
  ENOMEM: 'the host is out of memory',
}

/** The error for a group that could not be made, joined, changed or removed. Pure. */
export function groupError(
  message: string,
  errno: string,
  details: Record<string, unknown>,
  cause?: unknown,
): ExecdError {
  const hint = GROUP_HINTS[errno] ?? 'execd probe shows what this host allows'
  return new ExecdError('EXECD_CGROUP', `${message} (${errno})`, {
    hint,
    details: { ...details, errno },
    cause,
  })
}

/** An error of reading or writing a running container's group. */
export function groupFileError(what: string, errno: string, cause: unknown): ExecdError {
  return groupError(what, errno, {}, cause)
}
