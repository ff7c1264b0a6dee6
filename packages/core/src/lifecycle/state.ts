import { ExecdError } from '../errors/execd-error.js'

/** Where a container is in its life. */
export type ContainerStatus = 'creating' | 'running' | 'paused' | 'stopping' | 'stopped'

/** What moves it on. */
export type Transition = 'started' | 'paused' | 'unpaused' | 'terminating' | 'ended'

const TRANSITIONS: Readonly<Record<ContainerStatus, Partial<Record<Transition, ContainerStatus>>>> = {
  creating: { started: 'running', terminating: 'stopping', ended: 'stopped' },
  running: { paused: 'paused', terminating: 'stopping', ended: 'stopped' },
  paused: { unpaused: 'running', terminating: 'stopping', ended: 'stopped' },
  stopping: { ended: 'stopped' },
  stopped: {},
}

/** The status after a transition; the same one where the transition means nothing, such as a pause that completes after the end. Pure. */
export function nextStatus(status: ContainerStatus, transition: Transition): ContainerStatus {
  return TRANSITIONS[status][transition] ?? status
}

/** The verbs of a driver that need a state, with the states of the contract. */
export const VERB_STATES = {
  exec: ['running'],
  kill: ['running', 'paused', 'stopping'],
  pause: ['running'],
  unpause: ['paused'],
  getPids: ['running', 'paused', 'stopping'],
  stats: ['running', 'paused'],
  update: ['running', 'paused'],
  resize: ['running'],
} as const satisfies Readonly<Record<string, readonly ContainerStatus[]>>

export type StateVerb = keyof typeof VERB_STATES

const HINTS: Partial<Record<ContainerStatus, string>> = {
  paused: 'call unpause() first',
  running: 'call pause() first',
  stopping: 'the container is being terminated; wait() tells when it has ended',
}

/** The error of a verb in a state that does not allow it, or undefined when it does: EXECD_NOT_RUNNING after the end, else EXECD_INVALID_STATE. Pure. */
export function stateError(verb: StateVerb, status: ContainerStatus, id: string): ExecdError | undefined {
  const allowed: readonly ContainerStatus[] = VERB_STATES[verb]
  if (allowed.includes(status)) return undefined
  const details = { container: id, step: verb, got: status, wanted: allowed.join(' or ') }
  if (status === 'stopped')
    return new ExecdError('EXECD_NOT_RUNNING', `${verb}: container ${id} has ended`, { details })
  const hint = HINTS[status]
  return new ExecdError(
    'EXECD_INVALID_STATE',
    `${verb}: container ${id} is ${status}, wanted ${details.wanted}`,
    {
      ...(hint === undefined ? {} : { hint }),
      details,
    },
  )
}
