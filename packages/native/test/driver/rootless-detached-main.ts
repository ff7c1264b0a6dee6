import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRuntime } from '@execd/core'
import { native } from '@execd/native'
import { isAlive, sleepers } from './support/host-state.js'
import { until } from './support/until.js'

const DETACHED = { detached: true, stdio: 'ignore' } as const

/** Starts a detached container, and an ordinary one whose program is not told of its monitor's death; then waits to be killed. */
async function own(rootfs: string, mark: string): Promise<void> {
  const runtime = await createRuntime({ driver: native() })
  const free = await runtime.start(
    { id: 'rootless-free', rootfs, process: { args: ['sleep', `1${mark}`] } },
    DETACHED,
  )
  const args = ['setpriv', '--pdeathsig', 'clear', 'sleep', `2${mark}`]
  const deaf = await runtime.start({ rootfs: { type: 'host' }, process: { args } }, { stdio: 'ignore' })
  process.stdout.write(`${JSON.stringify({ free: free.pid, deaf: deaf.pid })}\n`)
  setInterval(() => {}, 1000)
}

/** What another process of the same user finds after the death of that one and of a monitor. */
async function main(rootfs: string, mark: string): Promise<void> {
  const owner = spawn(process.execPath, [fileURLToPath(import.meta.url), rootfs, mark, 'own'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  const { free, deaf } = JSON.parse(String(line)) as { free: number; deaf: number }
  await until('both run', () => sleepers(`1${mark}`).length === 1 && sleepers(`2${mark}`).length === 1)
  const monitor = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${deaf}/status`, 'utf8'))?.[1])
  const both = [owner.pid ?? 0, monitor]
  for (const pid of both) process.kill(pid, 'SIGSTOP')
  for (const pid of both) process.kill(pid, 'SIGKILL')
  await once(owner, 'close')
  const runtime = await createRuntime({ driver: native() })
  const before = [isAlive(free), isAlive(deaf)]
  const { removed, problems } = await runtime.sweep()
  const after = [isAlive(free), isAlive(deaf)]
  const listed = await runtime.detached()
  const [container] = await runtime.recover({ ids: ['rootless-free'] })
  const execution = await container?.exec({ args: ['sh', '-c', 'exit 4'] }, { stdio: 'ignore' })
  const exec = (await execution?.wait())?.exitCode
  const end = await container?.terminate()
  await runtime.close()
  process.stdout.write(
    JSON.stringify({
      before,
      after,
      kinds: [...new Set(removed.map(({ kind }) => kind))].sort(),
      problems,
      listed: listed.map(({ id, status, owner }) => [id, status, owner]),
      exec,
      end: [end?.signal, end?.cleanup],
      left: [...sleepers(`1${mark}`), ...sleepers(`2${mark}`)],
    }),
  )
}

const [rootfs = '', mark = '', what = ''] = process.argv.slice(2)
await (what === 'own' ? own(rootfs, mark) : main(rootfs, mark))
