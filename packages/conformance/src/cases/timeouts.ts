import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same, succeeded } from '../expect.js'
import { DAEMONS, family, gone } from './family.js'

/** Ends that the caller wants. */
export const timeoutsCases: readonly Case[] = [
  {
    id: 'timeouts.timeout',
    title: 'a run past its time ends, and says so',
    async run({ run }) {
      const { reason, exitCode, signal, stdout } = await run('echo begun; sleep 60', {}, { timeout: 400 })
      same([reason, exitCode, signal, stdout], ['timeout', null, 'SIGKILL', 'begun\n'], 'the verdict')
    },
  },
  {
    id: 'timeouts.timeout-empties',
    title: 'a time-out resolves when every descendant is gone, also those that left their parent',
    async run({ start, after }) {
      const container = await start(DAEMONS, {}, { timeout: 1200 })
      const processes = await family(container, after)
      assert.equal((await container.wait()).reason, 'timeout')
      gone(processes)
    },
  },
  {
    id: 'timeouts.abort-empties',
    title: 'an abort resolves when every descendant is gone, with the reason of the signal',
    async run({ start, after }) {
      const controller = new AbortController()
      const container = await start(DAEMONS, {}, { signal: controller.signal })
      const processes = await family(container, after)
      controller.abort('enough')
      const { reason, abortReason } = await container.wait()
      same([reason, abortReason], ['aborted', 'enough'], 'the verdict')
      gone(processes)
    },
  },
  {
    id: 'timeouts.grace',
    title: 'in a grace period the program can end by itself',
    async run({ run }) {
      const script = 'trap "echo ending; exit 5" TERM; while :; do sleep 0.02; done'
      const { reason, exitCode, stdout } = await run(script, {}, { timeout: 400, gracePeriod: '10s' })
      same([reason, exitCode, stdout], ['timeout', 5, 'ending\n'], 'the verdict')
    },
  },
  {
    id: 'timeouts.grace-over',
    title: 'a program that ignores the first signal is killed after the grace period',
    async run({ run }) {
      const script = 'trap "" TERM; while :; do sleep 0.02; done'
      const { reason, signal } = await run(script, {}, { timeout: 1000, gracePeriod: 200 })
      same([reason, signal], ['timeout', 'SIGKILL'], 'the verdict')
    },
  },
  {
    id: 'timeouts.aborted-start',
    title: 'a start that is aborted before the program runs rejects with EXECD_ABORTED and leaves nothing',
    async run({ run, runtime, driver }) {
      await rejection(run('true', { id: 'kit-aborted' }, { signal: AbortSignal.abort() }), 'EXECD_ABORTED')
      const controller = new AbortController()
      const running = run('sleep 60', { id: 'kit-aborted' }, { signal: controller.signal })
      controller.abort()
      await rejection(running, 'EXECD_ABORTED')
      same(runtime.list().length, 0, 'containers in the list')
      assert.equal(await driver.info('kit-aborted'), null)
    },
  },
  {
    id: 'timeouts.abort-any-moment',
    title: 'an abort at any moment of a start or a short run comes to an end, and the id is free again',
    async run({ run }) {
      for (let delay = 0; delay < 24; delay += 3) {
        const controller = new AbortController()
        const timer = setTimeout(() => controller.abort(), delay)
        const running = run('sleep 0.02', { id: 'kit-moment' }, { signal: controller.signal })
        const ended = await running.then(
          ({ reason }) => reason,
          ({ code }: { code?: string }) => code,
        )
        clearTimeout(timer)
        assert.ok(['exited', 'aborted', 'EXECD_ABORTED'].includes(String(ended)), String(ended))
      }
      // A start that was given up late must not hold the id, nor what goes with it.
      for (let count = 0; count < 2; count++) succeeded(await run('true', { id: 'kit-moment' }))
    },
  },
  {
    id: 'timeouts.output-limit',
    title: 'a flood past its limit is ended, and the last bytes are kept',
    async run({ run }) {
      const { reason, stdout, truncated } = await run(
        'yes flood',
        {},
        { maxOutput: 6000, onOutputLimit: 'kill' },
      )
      same([reason, stdout.length], ['output-limit', 6000], 'the verdict')
      assert.ok(truncated.stdout > 0)
    },
  },
]
