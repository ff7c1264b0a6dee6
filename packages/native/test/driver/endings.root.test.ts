import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { newMark, sleepers } from './support/host-state.js'
import { driverTests, failure, type Part, type Suite } from './support/suite.js'
import { until } from './support/until.js'

/** Leaves daemons behind that have another session and another parent, and then does as told. */
const daemons = (id: string, then: string): string =>
  `(setsid sleep ${id} &); (setsid sh -c "trap '' TERM HUP; (sleep ${id} & sleep ${id})" &); sleep ${id} & ${then}`

async function started(suite: Suite, id: string): Promise<void> {
  await until('the daemons are there', () => sleepers(id).length >= 4)
  await until('the container is listed', () => suite.runtime.list().length === 1)
}

const WAYS: ReadonlyArray<readonly [string, Part]> = [
  ['as process 1', {}],
  ['under an init', { init: true }],
  ["in the host's pid namespace", { namespaces: { pid: 'host' } }],
]

driverTests('how a command ends', (suite, test) => {
  test('every exit code arrives', async () => {
    const codes = Array.from({ length: 256 }, (_, code) => code)
    const seen: Array<number | null> = []
    for (let first = 0; first < codes.length; first += 8) {
      const runs = codes
        .slice(first, first + 8)
        .map((code) => suite.sh(`exit ${code}`, { init: code % 2 === 1 }))
      for (const result of await Promise.all(runs)) {
        expect(result).toMatchObject({ reason: 'exited', signal: null, ok: result.exitCode === 0 })
        seen.push(result.exitCode)
      }
    }
    expect(seen).toEqual(codes)
  })

  test('a signal is told by its name, an exit code of 128 and more is an exit code', async () => {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGQUIT', 'SIGSEGV'] as const) {
      const container = await suite.idle({ init: true })
      await container.kill(signal)
      expect(await container.wait()).toMatchObject({ reason: 'signaled', signal, exitCode: null, ok: false })
    }
    const container = await suite.idle()
    await container.kill('SIGKILL')
    expect(await container.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGKILL', exitCode: null })
    expect(await suite.sh("sh -c 'kill -9 $$'; exit $?")).toMatchObject({ reason: 'exited', exitCode: 137 })
  })

  test('a signal that is handled reaches the program, under an init too', async () => {
    for (const init of [false, true]) {
      const container = await suite.runtime.start(
        suite.script('trap "echo handled; exit 4" USR1; echo ready; while :; do sleep 0.02; done', { init }),
      )
      let output = ''
      for await (const chunk of container.stdout ?? []) {
        output += String(chunk)
        if (output === 'ready\n') await container.kill('SIGUSR1')
      }
      expect(output).toBe('ready\nhandled\n')
      expect(await container.wait()).toMatchObject({ exitCode: 4 })
      expect((await failure(container.kill('SIGUSR1'))).code).toBe('EXECD_NOT_RUNNING')
    }
  })

  test.each(WAYS)('a timeout ends daemons too, %s', async (_, part) => {
    const id = newMark()
    const running = suite.sh(daemons(id, "trap '' TERM; while :; do sleep 1; done"), part, { timeout: '1s' })
    await started(suite, id)
    expect(await running).toMatchObject({ reason: 'timeout', signal: 'SIGKILL', cleanup: [] })
    expect(sleepers(id)).toEqual([])
    expect(suite.groups()).toEqual([])
  })

  test.each(WAYS)('the end of the first process ends daemons, %s', async (_, part) => {
    const id = newMark()
    const container = await suite.runtime.start(suite.script(daemons(id, 'read line; exit 6'), part))
    await started(suite, id)
    container.stdin?.end('go\n')
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 6 })
    expect(sleepers(id)).toEqual([])
    expect(suite.groups()).toEqual([])
  })

  test('a grace period lets the program end by itself, within the time', async () => {
    const script = 'trap "echo bye; exit 3" INT; echo ready; while :; do sleep 0.02; done'
    const options = { timeout: 2000, killSignal: 'SIGINT', gracePeriod: '20s' } as const
    const result = await suite.sh(script, {}, options)
    expect(result).toMatchObject({ reason: 'timeout', exitCode: 3, stdout: 'ready\nbye\n' })
  })

  test('a program that ignores the first signal is killed after the grace period', async () => {
    const result = await suite.sh(
      'trap "" TERM; while :; do sleep 1; done',
      {},
      { timeout: 2000, gracePeriod: 100 },
    )
    expect(result).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
  })

  test('abort before, during and after the start', async () => {
    const early = await failure(suite.sh('true', {}, { signal: AbortSignal.abort(new Error('not wanted')) }))
    expect(early).toMatchObject({ code: 'EXECD_ABORTED', cause: { message: 'not wanted' } })

    const cause = new Error('changed my mind')
    const late = new AbortController()
    const running = suite.sh(
      'sleep 1000',
      {},
      { signal: late.signal, hooks: { poststart: () => late.abort(cause) } },
    )
    expect(await running).toMatchObject({ reason: 'aborted', signal: 'SIGKILL', abortReason: cause })

    const between = new AbortController()
    const hooks = { prestart: () => between.abort(cause) }
    expect((await failure(suite.sh('true', {}, { signal: between.signal, hooks }))).code).toBe(
      'EXECD_ABORTED',
    )
    expect(suite.groups()).toEqual([])
  })

  test('abort at any moment leaves nothing and says how far it got', async () => {
    for (let tenths = 0; tenths < 60; tenths += 1) {
      const controller = new AbortController()
      const running = suite.sh('sleep 1000', {}, { signal: controller.signal })
      const outcome = running.then(
        ({ reason }) => reason,
        ({ code }: { code: string }) => code,
      )
      const end = performance.now() + tenths / 10
      while (performance.now() < end) await new Promise(setImmediate)
      controller.abort()
      expect(['EXECD_ABORTED', 'aborted']).toContain(await outcome)
      expect(suite.groups()).toEqual([])
    }
  })

  test('the OOM killer took another process: told, and the command went on', async () => {
    const part = { resources: { memory: { limit: '24MiB' } } } as const
    const result = await suite.sh('dd if=/dev/zero of=/dev/null bs=100M count=1; echo $?', part)
    expect(result).toMatchObject({
      reason: 'exited',
      ok: true,
      stdout: '137\n',
      oom: { kills: 1, init: false },
    })
  })

  test('the OOM killer took the command under an init', async () => {
    const part = { init: true, resources: { memory: { limit: '24MiB' } } } as const
    const result = await suite.runtime.run(
      suite.command(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=100M', 'count=1'], part),
    )
    expect(result).toMatchObject({ reason: 'oom', signal: 'SIGKILL', oom: { kills: 1, init: true } })
  })

  test('memory in /dev/shm and in tmpfs counts', async () => {
    const part = { resources: { memory: { limit: '24MiB' } } } as const
    const result = await suite.sh('dd if=/dev/zero of=/dev/shm/x bs=1M count=60', part)
    expect(result.oom?.kills).toBeGreaterThan(0)
  })

  test('more output than allowed: cut, or the end', async () => {
    const cut = await suite.sh('seq 100000; seq 10 >&2', {}, { maxOutput: 1000 })
    const all = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(cut).toMatchObject({
      ok: true,
      stdout: all.slice(-1000),
      truncated: { stdout: all.length - 1000, stderr: 0 },
    })
    const ended = await suite.sh('yes', {}, { maxOutput: 1000, onOutputLimit: 'kill' })
    expect(ended).toMatchObject({ reason: 'output-limit', signal: 'SIGKILL' })
    expect(ended.stdout).toHaveLength(1000)
  })

  test('usage is what was used', async () => {
    const { usage } = await suite.sh(
      'dd if=/dev/zero of=/dev/null bs=32M count=20 2>/dev/null; sleep 0.3 & sleep 0.3',
    )
    expect(usage.wall).toBeGreaterThan(300)
    expect((usage.cpu.user ?? 0) + (usage.cpu.system ?? 0)).toBeGreaterThan(0)
    expect(usage.memory.peak).toBeGreaterThan(32 * 1024 ** 2)
    expect(usage.memory.maxRss).toBeGreaterThan(32 * 1024 ** 2)
    expect(usage.pids.peak).toBeGreaterThanOrEqual(2)
  })

  test('closing at once tells how it ended: what the monitor said last is heard, also when it is asked once more', async () => {
    const reasons = new Set<string>()
    for (let round = 0; round < 60; round += 1) {
      const runtime = await suite.newRuntime()
      const running = runtime.run(suite.command(['sleep', '1000']))
      while (runtime.list().length === 0) await sleep(round % 2)
      await runtime.close()
      reasons.add((await running).reason)
    }
    expect([...reasons]).toEqual(['aborted'])
  })

  test('signals up to the very end do not hide it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const container = await suite.runtime.start(suite.script('trap "" USR1; usleep 20000; exit 3'), {
        stdio: 'ignore',
      })
      const ended = container.wait()
      while (container.status === 'running') {
        void container.kill('SIGUSR1').catch(() => {})
        await sleep(0)
      }
      expect(await ended).toMatchObject({ reason: 'exited', exitCode: 3 })
    }
  })

  test('closing the runtime ends what runs: aborted', async () => {
    const runtime = await suite.newRuntime()
    const running = runtime.run(suite.command(['sleep', '1000']))
    await until('it runs', () => runtime.list().length === 1)
    await runtime.close()
    const verdict = await running
    expect(verdict).toMatchObject({ reason: 'aborted', abortReason: { code: 'EXECD_CLOSED' } })
    expect((await failure(runtime.run(suite.command(['true'])))).code).toBe('EXECD_CLOSED')
  })
})
