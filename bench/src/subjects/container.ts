import type { CommandInput, Runtime } from '@execd/core'
import { readStat } from '@execd/linux/proc'
import { BUSYBOX, type Workshop } from '../host/workshop.js'
import { MEMORY_LIMIT, PIDS_LIMIT } from './limits.js'
import type { Applet, Deeds, Running } from './subject.js'

/** What a driver of execd does for each command by its defaults, and with two limits. */
export const DEEDS: Deeds = {
  namespaces: 'mount pid ipc uts cgroup',
  network: 'own, lo only',
  root: 'own, /dev /proc /sys, masked',
  seccomp: "Docker's profile",
  capabilities: "Docker's set, no new",
  limits: 'memory, pids',
  devices: 'own /dev, filter',
  result: 'output, verdict, usage',
}

/** A command as the bench asks drivers for it. */
export function commandFor({ rootfs }: Workshop, applet: Applet): CommandInput {
  return {
    rootfs: { type: 'directory', path: rootfs },
    process: { args: [BUSYBOX, ...applet] },
    resources: { memory: { limit: MEMORY_LIMIT }, pids: { limit: PIDS_LIMIT } },
  }
}

/** Runs a command to its end. Rejects when that is not exit code 0. */
export async function runIn(runtime: Runtime, command: CommandInput): Promise<void> {
  const { ok, reason, exitCode, stderr } = await runtime.run(command)
  if (!ok) throw new Error(`${reason}, exit status ${exitCode}: ${stderr.trim()}`)
}

/** A container as what is measured. */
export async function live(container: Awaited<ReturnType<Runtime['start']>>): Promise<Running> {
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
