import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { type Need, requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { makeUserPlace } from './support/as-user.js'
import { newMark } from './support/host-state.js'
import { textOf } from './support/streams.js'

const isRoot = process.geteuid?.() === 0
const needs: readonly Need[] = isRoot
  ? ['test-user', 'setpriv', 'userns', 'busybox']
  : ['setpriv', 'userns', 'busybox']
const { test } = requires(...needs)

test('an ordinary user has detached containers too, and what ran on after its keepers is swept', async () => {
  const scripts = ['rootless-detached-main.js', 'support/host-state.js', 'support/until.js']
  const place = makeUserPlace(scripts)
  try {
    const child = place.start('rootless-detached-main.js', [newMark()])
    const [stdout, stderr] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close'),
    ])
    if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode}: ${stderr}`)
    const { kinds, ...answers } = JSON.parse(stdout) as Record<string, unknown>
    expect(answers).toEqual({
      before: [true, true],
      after: [true, false],
      problems: [],
      listed: [['rootless-free', 'running', null]],
      exec: 4,
      end: ['SIGKILL', []],
      left: [],
    })
    // by its cgroup where there is one, else by what was written down of its processes
    expect([
      ['file', 'process'],
      ['cgroup', 'file'],
    ]).toContainEqual(kinds)
  } finally {
    rmSync(place.temp, { recursive: true, force: true })
  }
}, 60_000)
