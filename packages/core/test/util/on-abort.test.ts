import { getEventListeners } from 'node:events'
import { expect, test } from '@jest/globals'
import { onAbort } from '../../dist/util/on-abort.js'

test('one listener for all actions, none when the last is taken back', () => {
  const controller = new AbortController()
  const count = () => getEventListeners(controller.signal, 'abort').length
  const calls: number[] = []
  const releases = [1, 2, 3].map((number) => onAbort(controller.signal, () => calls.push(number)))
  expect(count()).toBe(1)
  releases[1]?.()
  releases[1]?.()
  expect(count()).toBe(1)
  controller.abort()
  expect(calls).toEqual([1, 3])
  for (const release of releases) release()
  expect(count()).toBe(0)
})

test('the same action twice is two, and a late release does not concern those who came after', () => {
  const controller = new AbortController()
  let calls = 0
  const action = () => {
    calls += 1
  }
  const first = onAbort(controller.signal, action)
  first()
  onAbort(controller.signal, action)
  first()
  onAbort(controller.signal, action)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  expect(calls).toBe(2)
})

test('an action may take back itself and others', () => {
  const controller = new AbortController()
  const calls: string[] = []
  const first = onAbort(controller.signal, () => {
    calls.push('first')
    first()
    second()
  })
  const second = onAbort(controller.signal, () => calls.push('second'))
  controller.abort()
  expect(calls).toEqual(['first'])
})
