import assert from 'node:assert/strict'
import { type ErrorCode, ExecdError, type RunResult } from '@execd/core'

/** The error that a promise rejects with; fails when it resolves, or with another code. */
export async function rejection(
  promise: Promise<unknown>,
  ...codes: readonly ErrorCode[]
): Promise<ExecdError> {
  let caught: unknown
  try {
    await promise
  } catch (error) {
    caught = error
    if (ExecdError.is(error) && (codes.length === 0 || codes.includes(error.code))) return error
  }
  const wanted = codes.length === 0 ? 'an ExecdError' : codes.join(' or ')
  return assert.fail(`wanted a rejection with ${wanted}, got ${shown(caught)}`)
}

/** Fails unless a run ended by itself with 0; the message holds what it wrote to stderr. */
export function succeeded(result: RunResult<string>): void {
  const { reason, exitCode, signal, stderr } = result
  assert.ok(result.ok, `wanted exit code 0, got ${reason} ${exitCode ?? signal}: ${stderr.slice(-300)}`)
}

/** A value as plain data, to be compared across realms and prototypes. */
export function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

/** Fails unless two values are the same plain data. */
export function same(got: unknown, wanted: unknown, words: string): void {
  const [left, right] = [got, wanted].map((value) => JSON.stringify(value))
  assert.equal(left, right, `${words}: wanted ${right}, got ${left}`)
}

/** A value that must be there. */
export function present<T>(value: T | null | undefined, words: string): T {
  if (value === null || value === undefined) assert.fail(`${words} is missing`)
  return value
}

function shown(value: unknown): string {
  if (value === undefined) return 'none'
  if (ExecdError.is(value)) return `${value.code}: ${value.message}`
  return String(value)
}

/** What was thrown, in words: its message, with its code before it. */
export function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error)
  const code = 'code' in error && error.code !== 'ERR_ASSERTION' ? `${String(error.code)}: ` : ''
  return `${code}${String(error.message)}`
}
