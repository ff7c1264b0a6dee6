import { type ErrorDetails, ExecdError } from '@execd/core/driver'
import { cgroupStepError } from '../cgroup/errors.js'
import type { Plan } from '../isolation/builder.js'
import type { Step } from '../plan/steps.js'
import { errnoName, errnoText } from './errno.js'
import type { Failed } from './monitor.js'

const ENOENT = 2
const EACCES = 13
const EEXIST = 17
const ENOTDIR = 20
const ENAMETOOLONG = 36
const ENOEXEC = 8
const ELOOP = 40
const UNKNOWN_USER = 1
const UNKNOWN_GROUP = 2

/** How a failure is said, decided by the step, its errno and what the step was for. Pure. */
export function describeFailure(plan: Plan, failed: Failed, container: string): ExecdError {
  const step = plan.steps[failed.step]
  const about = plan.about[failed.step] ?? null
  const details = {
    container,
    driver: 'native',
    step: step?.name ?? 'start',
    errno: errnoName(failed.errno),
    ...(about?.field === undefined ? {} : { path: about.field }),
  }
  const because = `${errnoText(failed.errno)} (${errnoName(failed.errno)})`
  const at = failed.context === '' ? '' : ` at ${failed.context}`

  if (step?.name === 'exec') return execFailure(step.args[0] ?? '', failed.errno, because, details)
  if (step?.name === 'user') return userFailure(failed, because, details)
  if (step !== undefined && about?.code === 'EXECD_CGROUP') {
    const errno = errnoName(failed.errno)
    const path = pathOf(plan.steps, failed.step)
    return cgroupStepError({
      step,
      errno,
      id: container,
      writes: plan.limits,
      ...(path === null ? {} : { path }),
    })
  }
  if (step?.name === 'mount' && (failed.errno === EEXIST || failed.errno === ELOOP)) {
    return new ExecdError(
      'EXECD_MOUNT',
      `could not mount ${step.target}: a symbolic link on the way leads out of the root file system or to nothing in it`,
      {
        hint: 'give a destination that does not lead through that link, or mend the link',
        details,
      },
    )
  }
  const code = about?.code ?? 'EXECD_START_FAILED'
  const action = about?.action ?? 'start the container'
  const hint = about?.hint === undefined ? {} : { hint: about.hint }
  return new ExecdError(code, `could not ${action}${at}: ${because}`, { ...hint, details })
}

/** The whole path of what a step is about, where it names only the last part below a descriptor that an earlier step opened. Pure. */
function pathOf(steps: readonly Step[], index: number): string | null {
  const step = steps[index]
  if (step === undefined) return null
  const name = 'file' in step ? step.file : step.name === 'open' ? step.path : null
  const dir = 'dir' in step ? (step.dir ?? -1) : -1
  if (name === null || dir < 0) return name
  const opened = steps.findLastIndex((one, at) => at < index && one.name === 'open' && one.slot === dir)
  const parent = pathOf(steps, opened)
  return parent === null ? name : `${parent}/${name}`
}

/** What shells answer with 127. */
const NO_SUCH_PROGRAM: readonly number[] = [ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP]

function execFailure(program: string, errno: number, because: string, details: ErrorDetails): ExecdError {
  const path = { path: 'process.args[0]', program }
  if (NO_SUCH_PROGRAM.includes(errno)) {
    return new ExecdError(
      'EXECD_PROGRAM_NOT_FOUND',
      `${program}: not found in the container, or its interpreter is missing`,
      {
        details: { ...details, ...path, exitCode: 127 },
      },
    )
  }
  const message =
    errno === EACCES ? `${program}: may not be executed` : `${program}: could not be executed: ${because}`
  return new ExecdError(
    'EXECD_PROGRAM_NOT_EXECUTABLE',
    errno === ENOEXEC ? `${program}: not a program for this machine` : message,
    {
      details: { ...details, ...path, exitCode: 126 },
    },
  )
}

function userFailure(failed: Failed, because: string, details: ErrorDetails): ExecdError {
  if (failed.errno === ENOENT && failed.detail === UNKNOWN_USER) {
    return new ExecdError(
      'EXECD_USER_NOT_FOUND',
      `no user ${failed.context} in /etc/passwd of the container`,
      { details },
    )
  }
  if (failed.errno === ENOENT && failed.detail === UNKNOWN_GROUP) {
    return new ExecdError(
      'EXECD_GROUP_NOT_FOUND',
      `no group ${failed.context} in /etc/group of the container`,
      { details },
    )
  }
  return new ExecdError('EXECD_PERMISSION', `could not become the user: ${because}`, {
    hint: 'in a user namespace the user and every group must be mapped; an ordinary user with one mapped id cannot have more groups',
    details,
  })
}
