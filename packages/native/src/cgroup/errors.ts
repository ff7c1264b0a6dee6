import { ExecdError } from '@execd/core/driver'
import { groupError, type LimitWrite, limitError } from '@execd/linux/cgroup'
import type { Step } from '../plan/steps.js'

/** What is known about a step of `cgroupSteps` that failed. */
export interface CgroupFailure {
  readonly step: Step
  /** Where it is, when the step itself says it only by a descriptor. */
  readonly path?: string
  /** Name of the system's error, such as "EBUSY". */
  readonly errno: string
  /** Id of the container, or of the exec. */
  readonly id: string
  /** The writes that the steps were made from. */
  readonly writes: readonly LimitWrite[]
}

/** The error for a failed step of `cgroupSteps` or `execCgroupSteps`. Pure. */
export function cgroupStepError({ step, path, errno, id, writes }: CgroupFailure): ExecdError {
  const details = { step: `cgroup ${step.name}`, errno, container: id }
  if (step.name === 'write') {
    const write = writes.find((one) => one.file === step.file && one.data === step.data)
    if (write !== undefined) return limitError(write, errno, id)
    return groupError(`could not write "${String(step.data)}" to ${path ?? step.file}`, errno, details)
  }
  if (step.name === 'mkdir') {
    if (errno === 'EEXIST') {
      const hint =
        'choose another id, or end that container; a group left by a crash is removed when it is empty: rmdir ' +
        (path ?? step.file)
      return new ExecdError('EXECD_ID_IN_USE', `the cgroup ${path ?? step.file} exists already`, {
        hint,
        details,
      })
    }
    return groupError(`could not make the cgroup ${path ?? step.file}`, errno, details)
  }
  if (step.name === 'open') return groupError(`could not open ${path ?? step.path}`, errno, details)
  if (step.name === 'writeFd') return groupError('could not join the cgroup', errno, details)
  return groupError(`cgroup ${step.name} failed`, errno, details)
}
