import { resolveProcess } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { mayTraceJoiners } from '../../dist/isolation/tracing.js'

const of = (part: object) => resolveProcess({ args: ['true'], ...part })

describe('mayTraceJoiners', () => {
  test.each([
    ['by default', {}, false],
    ['with the capability', { capabilities: { add: ['SYS_PTRACE'] } }, true],
    ['with all of them', { capabilities: { add: ['ALL'] } }, true],
    ['with all but this one', { capabilities: { add: ['SYS_ADMIN'], drop: ['SYS_PTRACE'] } }, false],
    ['privileged, which is no boundary', { privileged: true }, false],
  ])('%s', (_, part, expected) => {
    expect(mayTraceJoiners(of(part), false)).toBe(expected)
    expect(mayTraceJoiners(of(part), true)).toBe(false)
  })
})
