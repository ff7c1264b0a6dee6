import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { cgroupParent, leftovers, lxcRuntime, makeRootfs, scratch } from './support/container.js'

const { describe, test } = requires('root', 'lxc', 'busybox')

/** Pids whose command line holds a text and that have not ended. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  })
}

const parentOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

describe('when a part dies', () => {
  const folder = scratch()
  let rootfs: string
  beforeAll(() => {
    rootfs = makeRootfs(join(folder.path, 'rootfs'))
  })
  afterAll(() => folder.remove())

  async function nothingLeft(): Promise<void> {
    for (
      let tries = 0;
      tries < 60 && (leftovers(folder.path).length > 0 || processesWith(folder.path).length > 0);
      tries++
    )
      await sleep(50)
    expect(leftovers(folder.path)).toEqual([])
    expect([...processesWith(folder.path), ...processesWith('sleep\x005432')]).toEqual([])
  }

  const startOwner = async (mode: string): Promise<ChildProcess> => {
    const owner = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('owner-main.js', import.meta.url)),
        join(folder.path, 'state'),
        cgroupParent(folder.path),
        rootfs,
        mode,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(owner.stdout ?? owner, 'data')
    return owner
  }

  test.each(['running', 'starting'].map((value) => [value] as const))(
    'Node killed, containers %s: nothing is left',
    async (mode) => {
      const owner = await startOwner(mode)
      owner.kill('SIGKILL')
      await nothingLeft()
    },
    20_000,
  )

  test('lxc-start killed: the verdict is "lost", and nothing is left', async () => {
    const runtime = await lxcRuntime(folder.path)
    for (const pid of ['private', 'host'] as const) {
      const container = await runtime.start({
        rootfs,
        process: { args: ['sh', '-c', '(setsid sleep 5432 &); sleep 5432'] },
        namespaces: { pid },
      })
      process.kill(parentOf(container.pid), 'SIGKILL')
      expect(await container.wait()).toMatchObject({ reason: 'lost', cleanup: [] })
    }
    await runtime.close()
    await nothingLeft()
  })

  test('the guard killed: there is another', async () => {
    const runtime = await lxcRuntime(folder.path)
    const container = await runtime.start({ rootfs, process: { args: ['sleep', '5432'] } })
    const guards = (): string[] =>
      processesWith('guard.sh').filter((pid) => processesWith(folder.path).includes(pid))
    const [first] = guards()
    process.kill(Number(first), 'SIGKILL')
    for (let tries = 0; tries < 160 && (guards().length === 0 || guards()[0] === first); tries++)
      await sleep(25)
    expect(guards()).toHaveLength(1)
    await container.terminate()
    await runtime.close()
    await nothingLeft()
  })
})
