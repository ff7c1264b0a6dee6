import type { ErrorCode, ExecdError } from '@execd/core/driver'
import { lxcError } from '../errors.js'
import type { LogLine } from './log.js'

interface Pattern {
  readonly code: ErrorCode
  readonly pattern: RegExp
  readonly step: string
  readonly hint?: string
}

/** By the first message that tells, in the order of the steps of a start. */
const PATTERNS: readonly Pattern[] = [
  {
    code: 'EXECD_WORKING_DIRECTORY',
    pattern: /[Cc]ould not change directory|Failed to change directory|chdir/,
    step: 'change into the working directory',
  },
  { code: 'EXECD_SECCOMP', pattern: /seccomp|rule for syscall/i, step: 'load the seccomp policy' },
  {
    code: 'EXECD_SECURITY_MODULE',
    pattern: /apparmor|selinux|LSM|security context/i,
    step: 'apply the security label',
  },
  { code: 'EXECD_SYSCTL', pattern: /sysctl|\/proc\/sys\//i, step: 'set a kernel parameter' },
  {
    code: 'EXECD_LIMIT',
    pattern: /Failed to set "?(memory|cpu|cpuset|pids|blkio|io)\.|rlimit|prlimit|oom_score/i,
    step: 'set a limit',
  },
  {
    code: 'EXECD_LIMIT',
    pattern: /setup legacy cgroup limits|limits for the (legacy|unified)|cgroup limits/i,
    step: 'set a limit',
  },
  { code: 'EXECD_DEVICE', pattern: /autodev|device/i, step: 'fill /dev' },
  { code: 'EXECD_NETWORK', pattern: /network|veth|bridge|netdev|interface/i, step: 'set up the network' },
  { code: 'EXECD_CGROUP', pattern: /cgroup/i, step: 'make the cgroup' },
  {
    code: 'EXECD_NAMESPACE',
    pattern: /namespace|idmap|newuidmap|Failed to clone/i,
    step: 'make a namespace',
  },
  {
    code: 'EXECD_MOUNT',
    pattern: /[Ff]ailed to (set)?up ?mount|Failed to mount|mount entry|fstab/,
    step: 'make a mount',
  },
  { code: 'EXECD_ROOTFS', pattern: /rootfs|storage|pre-mount/i, step: 'mount the root file system' },
]

const EXEC_FAILED = /^(?:(.+) - )?Failed to exec "(.*)"$/s
const NOT_THERE = /No such file or directory/
const TAIL = 8

/** A program that could not be executed, with the reason in the words of strerror(3). */
export function programError(reason: string, program: string, container: string, exec?: string): ExecdError {
  const missing = NOT_THERE.test(reason)
  const details = {
    container,
    program,
    step: 'execute the program',
    errno: missing ? 'ENOENT' : /Permission denied/.test(reason) ? 'EACCES' : reason,
    exitCode: missing ? 127 : 126,
    ...(exec === undefined ? {} : { exec }),
  }
  return missing
    ? lxcError(
        'EXECD_PROGRAM_NOT_FOUND',
        `the program ${JSON.stringify(program)} was not found in the container`,
        { details },
      )
    : lxcError(
        'EXECD_PROGRAM_NOT_EXECUTABLE',
        `the program ${JSON.stringify(program)} cannot be executed: ${reason}`,
        { details },
      )
}

/**
 * Why a start failed, from the problems in the log and how the tool ended. The first message is the cause, later ones are its consequences; a program that could
 * not be executed is always told by its own message. Pure.
 */
export function startFailure(
  problems: readonly LogLine[],
  about: { tool: string; args: readonly string[]; container: string; exec?: string; ended: string },
): ExecdError {
  const errors = problems.filter(({ level }) => level !== 'WARN')
  const { tool, args, container, exec, ended } = about
  for (const { message } of errors) {
    const [, reason = 'unknown', program = ''] = EXEC_FAILED.exec(message) ?? []
    if (EXEC_FAILED.test(message)) return programError(reason, program, container, exec)
  }
  const log = problems.slice(-TAIL).map(({ message }) => message)
  const details = { container, tool, args, log, ...(exec === undefined ? {} : { exec }) }
  for (const { message } of errors) {
    const found = PATTERNS.find(({ pattern }) => pattern.test(message))
    if (found === undefined) continue
    const errno = /^(.+?) - /.exec(message)?.[1]
    return lxcError(found.code, `could not ${found.step}: ${message}`, {
      details: { ...details, step: found.step, ...(errno === undefined ? {} : { errno }) },
    })
  }
  const last = errors[0]?.message ?? `${tool} ${ended}`
  return lxcError('EXECD_START_FAILED', `the container could not be started: ${last}`, {
    hint: 'details.log has the last lines of LXC; `lxc-checkconfig` tells what the kernel lacks',
    details: { ...details, step: tool },
  })
}
