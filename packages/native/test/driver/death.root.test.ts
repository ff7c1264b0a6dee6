import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect } from '@jest/globals'
import { childrenOf, isAlive, mounts, newMark, readOrNull, sleepers } from './support/host-state.js'
import { driverTests, failure, type Part, type Suite } from './support/suite.js'
import { until } from './support/until.js'

const nodes = new Set<ChildProcess>()

const monitorOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1])

/** A Node with containers of every kind: 5 of 4 processes, the exec of 4 more. */
async function startNode(suite: Suite, id: string) {
  const main = fileURLToPath(new URL('death-main.js', import.meta.url))
  const child = spawn(process.execPath, [main, suite.rootfs, suite.parent, id], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  nodes.add(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { pids } = JSON.parse(String(line)) as { pids: number[] }
  expect(pids).toHaveLength(5)
  // the paused one may have been stopped before it had made them all
  await until('every process is there', () => sleepers(id).length >= 5 * 4)
  const monitors = childrenOf(child.pid ?? 0).map((text) => Number.parseInt(text, 10))
  expect(monitors).toHaveLength(6)
  return { child, pids, monitors }
}

const WAYS: ReadonlyArray<readonly [string, (child: ChildProcess) => void]> = [
  ['killed', (child) => child.kill('SIGKILL')],
  ['ended by SIGTERM', (child) => child.kill('SIGTERM')],
  ['process.exit', (child) => child.stdin?.write('exit\n')],
  ['an uncaught exception', (child) => child.stdin?.write('throw\n')],
]

const KINDS: ReadonlyArray<readonly [string, Part]> = [
  ['ordinary', {}],
  ['with an init', { init: true }],
  ["in the host's pid namespace", { namespaces: { pid: 'host' } }],
  ['with a terminal', { process: { terminal: true } }],
]

driverTests('death of parts', (suite, test) => {
  afterEach(() => {
    for (const child of nodes) child.kill('SIGKILL')
    nodes.clear()
  })

  test.each(WAYS)('Node dies, %s: nothing of its containers is left', async (_, end) => {
    const id = newMark()
    const before = mounts()
    const { child, pids, monitors } = await startNode(suite, id)
    const closed = once(child, 'close')
    end(child)
    await closed
    await until('no process is left', () => sleepers(id).length === 0)
    await until('no container is left', () => ![...pids, ...monitors].some(isAlive))
    await until('no group is left', () => suite.groups().length === 0)
    expect(mounts()).toEqual(before)
  })

  test.each(KINDS)('the monitor is killed, %s: lost, and nothing runs on', async (_, part) => {
    const id = newMark()
    const script = `(setsid sleep ${id} &); sleep ${id} & wait`
    const container = await suite.runtime.start(suite.script(script, part))
    await until('all run', () => sleepers(id).length === 2)
    process.kill(monitorOf(container.pid), 'SIGKILL')
    const verdict = await container.wait()
    expect(verdict).toMatchObject({ reason: 'lost', ok: false, exitCode: null, signal: null })
    expect(sleepers(id)).toEqual([])
    // it has left its groups, and may be in the last steps of exit(2)
    await until('it is gone', () => !isAlive(container.pid))
    expect(suite.groups()).toEqual([])
    expect(await suite.output('echo next')).toBe('next')
  })

  test('the monitor of a paused container is killed', async () => {
    const container = await suite.idle()
    await container.pause()
    process.kill(monitorOf(container.pid), 'SIGKILL')
    expect(await container.wait()).toMatchObject({ reason: 'lost' })
    await until('it is gone', () => !isAlive(container.pid))
    expect(suite.groups()).toEqual([])
  })

  test('the monitor of an exec is killed: the container lives', async () => {
    const id = newMark()
    const container = await suite.idle()
    const execution = await container.exec({
      args: ['sh', '-c', `(setsid sleep ${id} &); sleep ${id} & wait`],
    })
    await until('all run', () => sleepers(id).length === 2)
    process.kill(monitorOf(execution.pid), 'SIGKILL')
    expect(await execution.wait()).toMatchObject({ reason: 'lost' })
    expect(sleepers(id)).toEqual([])
    expect(container.status).toBe('running')
    expect(suite.execGroups()).toEqual([])
  })

  test('the monitor is killed before the command runs: the start fails and leaves nothing', async () => {
    const hooks = { prestart: ({ pid }: { pid: number }) => process.kill(monitorOf(pid), 'SIGKILL') }
    const error = await failure(suite.sh('true', {}, { hooks }))
    expect(error.code).toBe('EXECD_START_FAILED')
    expect(suite.groups()).toEqual([])
  })

  test('the child is killed before the command runs', async () => {
    const hooks = { prestart: ({ pid }: { pid: number }) => process.kill(pid, 'SIGKILL') }
    const error = await failure(suite.sh('true', {}, { hooks }))
    expect(error.code).toBe('EXECD_START_FAILED')
    expect(suite.groups()).toEqual([])
  })

  test.each(KINDS)('the container is killed from outside, %s', async (_, part) => {
    const container = await suite.idle(part)
    process.kill(container.pid, 'SIGKILL')
    expect(await container.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGKILL', oom: null })
    expect(suite.groups()).toEqual([])
  })

  test('the monitor is stopped for a while: nothing is lost', async () => {
    const container = await suite.runtime.start(suite.script('read line; exit 7'))
    const monitor = monitorOf(container.pid)
    process.kill(monitor, 'SIGSTOP')
    container.stdin?.end('go\n')
    await until('the command has ended', () => !isAlive(container.pid))
    expect(container.status).toBe('running')
    process.kill(monitor, 'SIGCONT')
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 7 })
  })
})
