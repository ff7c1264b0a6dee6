import { describe, expect, test } from '@jest/globals'
import {
  type ContainerStatus,
  nextStatus,
  stateError,
  type Transition,
  VERB_STATES,
} from '../../dist/lifecycle/state.js'

const STATES: ContainerStatus[] = ['creating', 'running', 'paused', 'stopping', 'stopped']

describe('nextStatus', () => {
  // One row a state: what it becomes by started, paused, unpaused, terminating, ended.
  test.each<[ContainerStatus, ContainerStatus[]]>([
    ['creating', ['running', 'creating', 'creating', 'stopping', 'stopped']],
    ['running', ['running', 'paused', 'running', 'stopping', 'stopped']],
    ['paused', ['paused', 'paused', 'running', 'stopping', 'stopped']],
    ['stopping', ['stopping', 'stopping', 'stopping', 'stopping', 'stopped']],
    ['stopped', ['stopped', 'stopped', 'stopped', 'stopped', 'stopped']],
  ])('%s', (status, wanted) => {
    const transitions: Transition[] = ['started', 'paused', 'unpaused', 'terminating', 'ended']
    expect(transitions.map((transition) => nextStatus(status, transition))).toEqual(wanted)
  })
})

describe('stateError', () => {
  const verbs = Object.keys(VERB_STATES) as Array<keyof typeof VERB_STATES>

  test.each(verbs)('%s is refused in every other state, with the states that it needs', (verb) => {
    const allowed: readonly ContainerStatus[] = VERB_STATES[verb]
    for (const status of STATES) {
      const error = stateError(verb, status, 'c1')
      if (allowed.includes(status)) {
        expect(error).toBeUndefined()
        continue
      }
      expect(error?.code).toBe(status === 'stopped' ? 'EXECD_NOT_RUNNING' : 'EXECD_INVALID_STATE')
      expect(error?.message).toContain('c1')
      expect(error?.details).toMatchObject({
        container: 'c1',
        step: verb,
        got: status,
        wanted: allowed.join(' or '),
      })
    }
  })

  test('the hint names the way out', () => {
    expect(stateError('exec', 'paused', 'c1')?.hint).toContain('unpause()')
    expect(stateError('unpause', 'running', 'c1')?.hint).toContain('pause()')
  })
})
