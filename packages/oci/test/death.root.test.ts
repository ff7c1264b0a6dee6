import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRuntime } from '@execd/core'
import { oci } from '@execd/oci'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { makeRootfs, nothingLeft, optionsFor, RUNTIMES, removeParents, scratch } from './support/container.js'

const { describe, test } = requires('root', 'cgroups', 'busybox', 'runc', 'crun')

const parentOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

describe.each(RUNTIMES)('when a part dies, with %s', (name) => {
  const folder = scratch()
  const options = optionsFor(folder, name)
  const args = ['sh', '-c', '(setsid sleep 6543 &); sleep 6543']
  let rootfs: string
  beforeAll(() => {
    rootfs = makeRootfs(join(folder, 'rootfs'))
  })
  afterAll(() => {
    removeParents(folder)
    rmSync(folder, { recursive: true, force: true })
  })

  const startOwner = async (mode: string): Promise<ChildProcess> => {
    const main = fileURLToPath(new URL('owner-main.js', import.meta.url))
    const owner = spawn(process.execPath, [main, JSON.stringify(options), rootfs, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(owner.stdout ?? owner, 'data')
    return owner
  }

  test.each(['running', 'starting'].map((value) => [value] as const))(
    'Node killed, containers %s: nothing is left',
    async (mode) => {
      const owner = await startOwner(mode)
      owner.kill('SIGKILL')
      await nothingLeft(folder, 'sleep\x006543')
    },
    20_000,
  )

  test('Node and the keepers killed at once: the next driver sweeps', async () => {
    const owner = await startOwner('running')
    const keepers = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && parentOf(Number(pid)) === owner.pid
      } catch {
        return false
      }
    })
    for (const pid of [...keepers, String(owner.pid)]) process.kill(Number(pid), 'SIGSTOP')
    for (const pid of [...keepers, String(owner.pid)]) process.kill(Number(pid), 'SIGKILL')
    await once(owner, 'close')
    const runtime = await createRuntime({ driver: oci(options) })
    const { removed, problems } = await runtime.sweep()
    expect(problems).toEqual([])
    expect(new Set(removed.map(({ kind }) => kind))).toEqual(new Set(['process', 'cgroup', 'state']))
    await runtime.close()
    await nothingLeft(folder, 'sleep\x006543')
  }, 30_000)

  test('a detached container that could not be started leaves no keeper', async () => {
    const children = (): string[] =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && parentOf(Number(pid)) === process.pid
        } catch {
          return false
        }
      })
    const before = children()
    const runtime = await createRuntime({ driver: oci(options) })
    const stdio = { stdout: 'ignore', stderr: 'ignore' } as const
    await expect(
      runtime.start({ rootfs, process: { args: ['no-such-program'] } }, { detached: true, stdio }),
    ).rejects.toMatchObject({ code: 'EXECD_PROGRAM_NOT_FOUND' })
    while (children().some((pid) => !before.includes(pid))) await sleep(20)
    await runtime.close()
  }, 20_000)

  test('the keeper killed: the verdict is "lost", and nothing is left', async () => {
    const runtime = await createRuntime({ driver: oci(options) })
    for (const pid of ['private', 'host'] as const) {
      const container = await runtime.start({ rootfs, process: { args }, namespaces: { pid } })
      process.kill(parentOf(container.pid), 'SIGKILL')
      expect(await container.wait()).toMatchObject({ reason: 'lost', cleanup: [] })
    }
    const container = await runtime.start({ rootfs, process: { args } })
    const execution = await container.exec({ args })
    process.kill(parentOf(execution.pid), 'SIGKILL')
    expect(await execution.wait()).toMatchObject({ reason: 'lost', cleanup: [] })
    expect(container.status).toBe('running')
    await container.terminate()
    await runtime.close()
    await nothingLeft(folder, 'sleep\x006543')
  }, 30_000)

  test('a detached container whose keeper was killed is told as lost', async () => {
    const first = await createRuntime({ driver: oci(options) })
    const stdio = 'ignore'
    const container = await first.start({ id: 'left', rootfs, process: { args } }, { detached: true, stdio })
    await expect(
      first.start({ id: 'left', rootfs, process: { args } }, { detached: true, stdio }),
    ).rejects.toMatchObject({
      code: 'EXECD_ID_IN_USE',
    })
    const keeper = parentOf(container.pid)
    await first.close()
    process.kill(keeper, 'SIGKILL')
    const next = await createRuntime({ driver: oci(options) })
    while ((await next.detached())[0]?.status !== 'stopped') await sleep(20)
    const [again] = await next.recover()
    expect(await again?.wait()).toMatchObject({ reason: 'lost' })
    await next.close()
    await nothingLeft(folder, 'sleep\x006543')
  }, 30_000)
})
