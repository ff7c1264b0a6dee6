import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandInput, createRuntime, type Runtime } from '@execd/core'
import { readStat } from '@execd/linux/proc'
import { type NativeDriver, native, type PoolOptions } from '@execd/native'
import { BUSYBOX, type Workshop } from '../host/workshop.js'
import { MEMORY_LIMIT, PIDS_LIMIT } from './limits.js'
import type { Applet, Deeds, Running, Subject } from './subject.js'

const DEEDS: Deeds = {
  namespaces: 'mount pid ipc uts cgroup',
  network: 'own, lo only',
  root: 'own, /dev /proc /sys, masked',
  seccomp: "Docker's profile",
  capabilities: "Docker's set, no new",
  limits: 'memory, pids',
  devices: 'own /dev, filter',
  result: 'output, verdict, usage',
}

/** Most commands at a time that a measure starts. */
const AT_ONCE = 64
const REFILL_MS = 500

/** execd's native driver through the public API, with its defaults and two limits. */
export function nativeSubject(): Subject {
  return subject('native', null)
}

/** The same with a pool: each start finds a prepared container, and the pool is filled again before the next sample. */
export function pooledSubject(): Subject {
  return subject('native-pooled', { max: AT_ONCE })
}

function subject(name: string, pool: PoolOptions | null): Subject {
  let driver: NativeDriver
  let runtime: Runtime
  let workshop: Workshop

  const command = (applet: Applet): CommandInput => ({
    rootfs: { type: 'directory', path: workshop.rootfs },
    process: { args: [BUSYBOX, ...applet] },
    resources: { memory: { limit: MEMORY_LIMIT }, pids: { limit: PIDS_LIMIT } },
  })

  const run = async (applet: Applet): Promise<void> => {
    const { ok, reason, exitCode, stderr } = await runtime.run(command(applet))
    if (!ok) throw new Error(`${reason}, exit status ${exitCode}: ${stderr.trim()}`)
  }

  return {
    name,
    deeds: DEEDS,
    passesStreams: true,
    prepare: async (where) => {
      workshop = where
      driver = native({ cgroupParent: `/${workshop.cgroup}`, ...(pool === null ? {} : { pool }) })
      runtime = await createRuntime({ driver })
      await run(['true'])
      const { version } = createRequire(import.meta.url)('@execd/native/package.json') as { version: string }
      return `@execd/native ${version}`
    },
    ready: async (applet) => {
      if (pool !== null) await driver.prepare(command(applet))
    },
    settle: async () => {
      if (pool === null) return
      // what was taken is made anew a little later
      await sleep(REFILL_MS / 50)
      for (const end = performance.now() + REFILL_MS; driver.pool.preparing > 0 && performance.now() < end; )
        await sleep(1)
    },
    run,
    start: async (applet) => live(await runtime.start(command(applet))),
    dispose: async () => runtime?.close(),
  }
}

async function live(container: Awaited<ReturnType<Runtime['start']>>): Promise<Running> {
  const { stdout, stderr } = container
  if (stdout === null) throw new Error('the container has no stdout')
  stderr?.resume()
  const finished = container.wait().then(({ ok, reason }) => {
    if (!ok) throw new Error(`ended: ${reason}`)
  })
  finished.catch(() => {})
  return {
    stdout,
    finished,
    overhead: () => ancestorsOf(container.pid),
    stats: async () => {
      await container.stats()
    },
    exec: async (applet) => {
      const execution = await container.exec({ args: [BUSYBOX, ...applet] })
      execution.stdout?.resume()
      execution.stderr?.resume()
      const { ok, reason } = await execution.wait()
      if (!ok) throw new Error(`exec: ${reason}`)
    },
    stop: async () => {
      stdout.resume()
      await container.terminate()
    },
  }
}

/** 0 when the process is gone. */
const parentOf = (pid: number): number => readStat(pid)?.parent ?? 0

/** The processes between the command and this one: what looks after the container. */
function ancestorsOf(pid: number): number[] {
  const found: number[] = []
  for (let parent = parentOf(pid); parent > 1 && parent !== process.pid; parent = parentOf(parent))
    found.push(parent)
  return found
}
