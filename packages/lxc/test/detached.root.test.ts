import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommandInput, Container, Runtime, StartOptions } from '@execd/core'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals'
import { cgroupParent, leftovers, lxcRuntime, makeRootfs, scratch } from './support/container.js'
import { until } from './support/until.js'

const { describe, test } = requires('root', 'lxc', 'busybox')
jest.setTimeout(60_000)

const TRAP = 'trap "exit 7" USR1; echo ready; while :; do sleep 0.05; done'

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
      } catch {
        return []
      }
    })
}

const processesWith = (text: string): string[] => commandLines().filter((line) => line.includes(text))

describe('detached containers', () => {
  const folder = scratch()
  const state = join(folder.path, 'state')
  let rootfs: string
  let runtime: Runtime
  const open: Runtime[] = []
  const another = async (): Promise<Runtime> => {
    const made = await lxcRuntime(folder.path)
    open.push(made)
    return made
  }
  beforeAll(() => {
    rootfs = makeRootfs(join(folder.path, 'rootfs'))
  })
  beforeEach(async () => {
    runtime = await another()
  })
  afterEach(async () => {
    for (const one of open.splice(0)) {
      for (const container of one.list()) await container.terminate()
      await one.close()
    }
    const last = await lxcRuntime(folder.path)
    for (const container of await last.recover()) await container.terminate()
    await last.sweep()
    await last.close()
  })
  afterAll(async () => {
    await until('everything is gone', () => leftovers(folder.path).length === 0)
    expect(processesWith(state)).toEqual([])
    folder.remove()
  })

  const start = (
    script: string,
    { options = {}, ...rest }: { options?: StartOptions } & Omit<Partial<CommandInput>, 'process'> = {},
  ): Promise<Container> =>
    runtime.start(
      { rootfs, ...rest, process: { args: ['sh', '-c', script] } },
      { detached: true, stdio: 'ignore', ...options },
    )
  const recovered = async (id: string): Promise<Container> => {
    const found = (await (await another()).recover({ ids: [id] }))[0]
    if (found === undefined) throw new Error(`${id} was not recovered`)
    return found
  }
  const startOwner = async (mode: string): Promise<ChildProcess> => {
    const main = fileURLToPath(new URL('detached-main.js', import.meta.url))
    const args = [main, state, cgroupParent(folder.path), rootfs, mode]
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(owner.stdout ?? owner, 'data')
    return owner
  }
  const killed = async (owner: ChildProcess): Promise<void> => {
    owner.kill('SIGKILL')
    await once(owner, 'close')
  }

  test('signals, codes and output of one that its first owner follows', async () => {
    const file = join(folder.path, 'out')
    const stdio = { stdin: 'ignore', stdout: { file, append: true }, stderr: { file, append: true } } as const
    const container = await start(`echo err >&2; ${TRAP}`, { options: { stdio } })
    await until('it is ready', () => readFileSync(file, 'utf8').includes('ready'))
    const [listed] = await runtime.detached()
    expect(listed).toMatchObject({ id: container.id, status: 'running', owner: process.pid, exit: null })
    await container.kill('SIGUSR1')
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 7, cleanup: [] })
    expect(readFileSync(file, 'utf8')).toMatch(/err\n/)
    const ended = await start(TRAP)
    await ended.kill('SIGKILL')
    expect(await ended.wait()).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
    expect(await runtime.detached()).toEqual([])
  })

  test('given up and found again: paused, with an exec, in a user namespace', async () => {
    const ids = [{ containerID: 0, hostID: 200_000, size: 65_536 }]
    const container = await start(TRAP, {
      namespaces: { user: 'private', uidMappings: ids, gidMappings: ids },
      resources: { memory: { limit: '64MiB' } },
    })
    await container.pause()
    await runtime.close()
    const again = await recovered(container.id)
    expect([again.status, again.pid]).toEqual(['paused', container.pid])
    await again.kill('SIGUSR1')
    expect(again.status).toBe('paused')
    await again.unpause()
    expect(await again.wait()).toMatchObject({ exitCode: 7 })
  })

  test('an exec in a recovered one; what belongs to an exec ends when it is given up', async () => {
    const container = await start(TRAP)
    await runtime.close()
    const again = await recovered(container.id)
    const exec = await again.exec({ args: ['sh', '-c', 'echo from inside; exit 4'] })
    expect(await exec.wait()).toMatchObject({ exitCode: 4 })
    await again.exec({ args: ['sh', '-c', '(setsid sleep 5434 &); sleep 5434'] })
    await open.at(-1)?.close()
    expect(processesWith('sleep\x005434')).toEqual([])
    const third = await recovered(container.id)
    expect(await third.terminate()).toMatchObject({ signal: 'SIGKILL' })
  })

  test('of many that recover at once only one gets it', async () => {
    const container = await start(TRAP)
    await runtime.close()
    const runtimes = await Promise.all(Array.from({ length: 4 }, () => another()))
    const found = await Promise.all(runtimes.map((one) => one.recover()))
    expect(found.flat().map(({ id }) => id)).toEqual([container.id])
  })

  test('how it ended is kept, with what it counted, also when it left processes behind', async () => {
    const container = await start('(setsid sleep 5435 &); sleep 0.3; exit 9', {
      namespaces: { pid: 'host' },
    })
    await runtime.close()
    const next = await another()
    await until('it has ended', async () => (await next.detached())[0]?.status === 'stopped')
    const [listed] = await next.detached()
    expect(listed).toMatchObject({ pid: 0, owner: null, exit: { exitCode: 9, signal: null } })
    expect(processesWith('sleep\x005435')).toEqual([])
    const again = await recovered(container.id)
    const verdict = await again.wait()
    expect(verdict).toMatchObject({ exitCode: 9, cleanup: [] })
    expect(verdict.usage.wall).toBeLessThan(20_000)
  })

  test('out of memory while nobody owns it', async () => {
    const container = await start('sleep 0.3; x=1234567; while :; do x=$x$x; done', {
      resources: { memory: { limit: '16MiB' } },
    })
    await runtime.close()
    const again = await recovered(container.id)
    expect(await again.wait()).toMatchObject({ reason: 'oom', signal: 'SIGKILL' })
  })

  test('under an init', async () => {
    const container = await start(TRAP, { init: true })
    await runtime.close()
    const again = await recovered(container.id)
    await again.kill('SIGUSR1')
    expect(await again.wait()).toMatchObject({ exitCode: 7 })
  })

  test('the keeper killed: the verdict is "lost", and nothing is left', async () => {
    for (const owned of [true, false]) {
      let container = await start(TRAP)
      const home = join(state, 'detached', container.id)
      const keeper = /^PPid:\t(\d+)$/m
      const monitor = Number(keeper.exec(readFileSync(`/proc/${container.pid}/status`, 'utf8'))?.[1])
      const parent = Number(keeper.exec(readFileSync(`/proc/${monitor}/status`, 'utf8'))?.[1])
      expect(readFileSync(`/proc/${parent}/cmdline`, 'utf8')).toMatch(/keep\.sh/)
      if (!owned) await runtime.close()
      process.kill(parent, 'SIGKILL')
      if (!owned) container = await recovered(container.id)
      expect(await container.wait()).toMatchObject({ reason: 'lost' })
      await until('nothing is left', () => !existsSync(home) && processesWith(home).length === 0)
    }
  })

  test('a start that fails, or is given up, leaves nothing; an id that is in use is refused', async () => {
    const failing = [
      runtime.start({ rootfs, process: { args: ['nowhere'] } }, { detached: true, stdio: 'ignore' }),
      runtime.start({ rootfs: '/nowhere', process: { args: ['true'] } }, { detached: true, stdio: 'ignore' }),
      runtime.start(
        { rootfs, process: { args: ['true'] } },
        { detached: true, stdio: 'ignore', signal: AbortSignal.timeout(5) },
      ),
      runtime.start({ rootfs, process: { args: ['true'], terminal: true } }, { detached: true }),
    ]
    const codes = (await Promise.allSettled(failing)).map((one) =>
      one.status === 'rejected' ? one.reason.code : 'started',
    )
    expect(codes).toEqual(['EXECD_PROGRAM_NOT_FOUND', 'EXECD_ROOTFS', 'EXECD_ABORTED', 'EXECD_UNSUPPORTED'])
    await start(TRAP, { id: 'taken' })
    const other = await another()
    const second = other.start(
      { id: 'taken', rootfs, process: { args: ['true'] } },
      { detached: true, stdio: 'ignore' },
    )
    await expect(second).rejects.toMatchObject({ code: 'EXECD_ID_IN_USE' })
    expect(readdirSync(join(state, 'detached'))).toEqual(['taken'])
  })

  test('its owner killed: it goes on, an exec in it does not', async () => {
    const owner = await startOwner('exec')
    await killed(owner)
    await until('the exec is gone', () => processesWith('sleep\x005433').length === 0)
    const again = await recovered('orphan')
    await again.kill('SIGUSR1')
    expect(await again.wait()).toMatchObject({ exitCode: 7, cleanup: [] })
  })

  test('its owner killed while it starts: a sweep removes what there is, and says so', async () => {
    const owner = await startOwner('starting')
    await killed(owner)
    const home = join(state, 'detached', 'orphan')
    expect(existsSync(home)).toBe(true)
    const { removed, problems } = await runtime.sweep()
    expect(problems).toEqual([])
    expect(removed).toContainEqual({ kind: 'state', name: home })
    expect(removed.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['cgroup']))
    expect([existsSync(home), processesWith(home)]).toEqual([false, []])
  })

  test('an owner and its guard killed: a sweep does the guard’s work', async () => {
    const owner = await startOwner('exec')
    const [dir = ''] = readdirSync(state).filter((name) => name.startsWith(`${owner.pid}-`))
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : ''
      if (line.includes('guard.sh') && line.includes(dir)) process.kill(Number(pid), 'SIGKILL')
    }
    await killed(owner)
    expect(processesWith('sleep\x005433')).not.toEqual([])
    const { removed } = await (await another()).sweep()
    expect(removed).toContainEqual({ kind: 'state', name: join(state, dir) })
    expect(processesWith('sleep\x005433')).toEqual([])
    const again = await recovered('orphan')
    expect(await again.terminate()).toMatchObject({ signal: 'SIGKILL' })
  })
})
