import { expect, test } from '@jest/globals'
import { SignalSource } from '../../dist/util/signal-source.js'

test('a signal that was asked for before fires', () => {
  const source = new SignalSource()
  const { signal } = source
  expect(signal.aborted).toBe(false)
  source.fire('one')
  expect(signal.aborted).toBe(true)
  expect(signal.reason).toBe('one')
  expect(source.signal).toBe(signal)
})

test('a signal that is asked for afterwards has fired, with the first reason', () => {
  const source = new SignalSource()
  source.fire('one')
  source.fire('two')
  expect(source.signal.aborted).toBe(true)
  expect(source.signal.reason).toBe('one')
})
