import { createRequire } from 'node:module'
import { type CommandInput, createRuntime, type Runtime } from '@execd/core'
import { readStat } from '@execd/linux/proc'
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

/** execd's native driver through the public API, with its defaults and two limits. */
export function nativeSubject(): Subject {
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
    name: 'native',
    deeds: DEEDS,
    passesStreams: true,
    prepare: async (where) => {
      workshop = where
      runtime = await createRuntime({
        driver: 'native',
        from: import.meta.url,
        driverOptions: { cgroupParent: `/${workshop.cgroup}` },
      })
      await run(['true'])
      const { version } = createRequire(import.meta.url)('@execd/native/package.json') as { version: string }
      return `@execd/native ${version}`
    },
    ready: async () => {},
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
