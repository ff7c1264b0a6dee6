import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same } from '../expect.js'

const CODES = [0, 1, 2, 42, 126, 127, 128, 137, 143, 255]

/** What is reported of an end. */
export const exitCases: readonly Case[] = [
  {
    id: 'exit.codes',
    title: 'each exit code is reported as it is, those that look like a signal or a failed start too',
    async run({ run }) {
      for (const code of CODES) {
        const { reason, exitCode, signal, ok } = await run(`exit ${code}`)
        same([reason, exitCode, signal, ok], ['exited', code, null, code === 0], `exit ${code}`)
      }
    },
  },
  {
    id: 'exit.killed',
    title: 'an end by a signal is reported as that signal and no exit code',
    async run({ start }) {
      const container = await start(['/bin/sleep', '60'])
      await container.kill('SIGKILL')
      const { reason, exitCode, signal, ok } = await container.wait()
      same([reason, exitCode, signal, ok], ['signaled', null, 'SIGKILL', false], 'the verdict')
    },
  },
  {
    id: 'exit.not-found',
    title: 'a program that is not there is a failure to start: EXECD_PROGRAM_NOT_FOUND, as 127 in shells',
    async run({ run }) {
      for (const program of ['/bin/kit-no-such-program', 'kit-no-such-program']) {
        const { details } = await rejection(run([program]), 'EXECD_PROGRAM_NOT_FOUND')
        same([details.exitCode, details.program], [127, program], 'details')
      }
    },
  },
  {
    id: 'exit.not-executable',
    title: 'a file that is no program is a failure to start: EXECD_PROGRAM_NOT_EXECUTABLE, as 126 in shells',
    async run({ run }) {
      const { details } = await rejection(run(['/etc/passwd']), 'EXECD_PROGRAM_NOT_EXECUTABLE')
      same([details.exitCode, details.program], [126, '/etc/passwd'], 'details')
    },
  },
  {
    id: 'exit.verdict',
    title: 'the verdict is whole: the time it took, what was used, nothing left to clean',
    async run({ run }) {
      const verdict = await run('sleep 0.2', { id: 'kit-verdict' })
      const { id, usage, oom, cleanup, hookErrors, abortReason } = verdict
      same([id, oom, cleanup, hookErrors], ['kit-verdict', null, [], []], 'the verdict')
      assert.equal(abortReason, undefined)
      assert.ok(usage.wall >= 190 && usage.wall < 10_000, `0.2 seconds took ${usage.wall} ms`)
      for (const number of [
        usage.cpu.user,
        usage.cpu.system,
        usage.memory.peak,
        usage.memory.maxRss,
        usage.pids.peak,
        usage.pids.refused,
      ])
        assert.ok(number === null || (Number.isFinite(number) && number >= 0), `usage holds ${number}`)
    },
  },
  {
    id: 'exit.wait',
    title: 'the verdict is given as often as it is asked for, also long after the end',
    async run({ start }) {
      const container = await start('exit 9')
      const [first, second] = await Promise.all([container.wait(), container.wait()])
      const third = await container.wait()
      same([first.exitCode, second.exitCode, third.exitCode], [9, 9, 9], 'exit codes')
    },
  },
]
