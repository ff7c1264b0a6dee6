import type { ErrorCode, ErrorDetails, ExecdError } from '@execd/core/driver'
import { ociError } from '../errors.js'

interface Pattern {
  readonly code: ErrorCode
  readonly pattern: RegExp
  readonly step: string
  readonly hint?: string
}

/** By the first pattern that fits a message; the more exact ones first. Texts are those of runc 1.1 and crun 1.8. */
const PATTERNS: readonly Pattern[] = [
  {
    code: 'EXECD_WORKING_DIRECTORY',
    pattern: /chdir|mkdir \S+: not a directory$|current working directory|getcwd/,
    step: 'change into the working directory',
  },
  { code: 'EXECD_SECCOMP', pattern: /seccomp/i, step: 'load the seccomp filter' },
  {
    code: 'EXECD_SECURITY_MODULE',
    pattern: /apparmor|selinux|\/attr\/(exec|keycreate)/i,
    step: 'apply the security label',
  },
  { code: 'EXECD_SYSCTL', pattern: /\/proc\/sys\/|sysctl/, step: 'set a kernel parameter' },
  {
    code: 'EXECD_LIMIT',
    pattern: /rlimit/i,
    step: 'set a resource limit',
    hint: 'raising a hard limit needs CAP_SYS_RESOURCE: ask for at most what this process has (ulimit -Ha)',
  },
  {
    code: 'EXECD_LIMIT',
    pattern: /oom_score_adj/,
    step: 'set the OOM score adjustment',
    hint: 'lowering it needs CAP_SYS_RESOURCE',
  },
  {
    code: 'EXECD_LIMIT',
    pattern:
      /(memory|cpu|cpuset|pids|blkio|io)\.[a-z_.]+`?( for writing)?:|memory limit|Running inside the cgroup is too low/,
    step: 'set a limit',
  },
  { code: 'EXECD_CGROUP', pattern: /cgroup/i, step: 'make the cgroup' },
  {
    code: 'EXECD_NAMESPACE',
    pattern: /setns|unshare|namespace|newuidmap|newgidmap|uid_map|gid_map|clone/i,
    step: 'make or join a namespace',
  },
  { code: 'EXECD_DEVICE', pattern: /mknod|device node/, step: 'make a device' },
  {
    code: 'EXECD_ROOTFS',
    pattern: /invalid rootfs|pivot_root|rootfs.*(private|propagation)/,
    step: 'use the root file system',
  },
  { code: 'EXECD_MOUNT', pattern: /mount|stat'ing file|the target `/, step: 'make a mount' },
  { code: 'EXECD_PERMISSION', pattern: /permission denied|not permitted/i, step: 'set up the process' },
]

const NOT_FOUND = [
  /^exec: .*(executable file not found|no such file or directory)/,
  /^executable file `.*` not found/,
]
const NOT_EXECUTABLE = [/^exec: .*(permission denied|exec format error|is a directory)/, /^open executable: /]

/** What runc puts before the message that tells. */
const PREFIX =
  /^(?:runc (?:create|start|exec) failed: |exec failed: |unable to start container process: |error during container init: )+/

const ERRNOS: ReadonlyArray<readonly [RegExp, string]> = [
  [/no such file or directory/i, 'ENOENT'],
  [/permission denied/i, 'EACCES'],
  [/operation not permitted/i, 'EPERM'],
  [/invalid argument/i, 'EINVAL'],
  [/not a directory/i, 'ENOTDIR'],
  [/exec format error/i, 'ENOEXEC'],
  [/numerical result out of range/i, 'ERANGE'],
  [/no such device/i, 'ENODEV'],
  [/device or resource busy/i, 'EBUSY'],
  [/no space left/i, 'ENOSPC'],
  [/resource temporarily unavailable/i, 'EAGAIN'],
]

function errnoIn(message: string): { errno?: string } {
  const found = ERRNOS.find(([pattern]) => pattern.test(message))
  return found === undefined ? {} : { errno: found[1] }
}

/** What a failed start was about. */
export interface FailedTool {
  readonly runtime: string
  readonly args: readonly string[]
  readonly container: string
  readonly exec?: string
  readonly program: string
  /** How the runtime ended, in words. */
  readonly ended: string
}

/** The program could not be executed, for a reason that is told or was found out. Pure. */
export function programError(
  about: Pick<FailedTool, 'container' | 'exec' | 'program'>,
  missing: boolean,
  reason: string,
  more: ErrorDetails = {},
): ExecdError {
  const { program } = about
  const details = {
    ...subject(about),
    ...more,
    path: 'process.args[0]',
    program,
    step: 'execute the program',
    exitCode: missing ? 127 : 126,
  }
  return missing
    ? ociError(
        'EXECD_PROGRAM_NOT_FOUND',
        `${program}: not found in the container, or its interpreter is missing`,
        {
          details: { errno: 'ENOENT', ...details },
        },
      )
    : ociError('EXECD_PROGRAM_NOT_EXECUTABLE', `${program}: could not be executed: ${reason}`, { details })
}

const subject = ({ container, exec }: Pick<FailedTool, 'container' | 'exec'>): ErrorDetails => ({
  container,
  ...(exec === undefined ? {} : { exec }),
})

/** Why a runtime failed, from the messages of its log and how it ended. Pure. */
export function toolFailure(messages: readonly string[], about: FailedTool): ExecdError {
  const { runtime, args, ended } = about
  const plain = messages.map((message) => message.replace(PREFIX, ''))
  const told = (patterns: readonly RegExp[]) =>
    plain.find((text) => patterns.some((pattern) => pattern.test(text)))
  const missing = told(NOT_FOUND)
  if (missing !== undefined) return programError(about, true, missing)
  const refused = told(NOT_EXECUTABLE)
  if (refused !== undefined)
    return programError(about, false, refused.replace(/^exec: "[^"]*": /, ''), errnoIn(refused))
  const details = { ...subject(about), program: runtime, args, log: messages }
  for (const text of [...plain].reverse()) {
    const found = PATTERNS.find(({ pattern }) => pattern.test(text))
    if (found === undefined) continue
    return ociError(found.code, `could not ${found.step}: ${text}`, {
      ...(found.hint === undefined ? {} : { hint: found.hint }),
      details: { ...details, step: found.step, ...errnoIn(text) },
    })
  }
  return ociError(
    'EXECD_START_FAILED',
    `the container could not be started: ${plain.at(-1) ?? `${runtime} ${ended}`}`,
    {
      hint: 'details.log has what the runtime wrote; probe() tells what this host lacks',
      details: { ...details, step: `run ${runtime}`, ...errnoIn(plain.at(-1) ?? '') },
    },
  )
}
