import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  type Command,
  DRIVER_API_VERSION,
  DriverBase,
  type DriverCapabilities,
  type DriverProcess,
  defineDriver,
  ExecdError,
  type ExitStatus,
  type ProbeReport,
  type RunOptions,
  type Target,
} from '@execd/core/driver'

/** All that it does. What is not here is refused before it sees a command. */
const FIELDS = ['rootfs.type=directory', 'rootfs.path', 'process.args', 'process.env', 'process.cwd']
  .concat(['namespaces.pid=host', 'namespaces.ipc=host', 'namespaces.uts=host', 'namespaces.cgroup=host'])
  .concat(['namespaces.user=auto', 'network.mode=host', 'seccomp=unconfined'])

interface BareContainer {
  readonly pid: number
  readonly detached: false
  readonly child: ChildProcess
  readonly exited: Promise<ExitStatus>
}

/** Runs commands as they are, in a process group of their own. For trusted programs only: it isolates nothing, and says so by what it declares. */
class BareDriver extends DriverBase<BareContainer> {
  readonly name = 'bare'

  async capabilities(): Promise<DriverCapabilities> {
    return { fields: Object.fromEntries(FIELDS.map((key) => [key, true as const])), verbs: {} }
  }

  async probe(): Promise<ProbeReport> {
    return { driver: this.name, usable: true, checks: [], facts: { isolation: 'none' } }
  }

  async run(
    { id, rootfs, process: { args, env, cwd } }: Command,
    { io }: RunOptions,
  ): Promise<DriverProcess> {
    if (rootfs.type !== 'directory' || rootfs.path !== '/')
      throw new ExecdError('EXECD_ROOTFS', 'this driver has no other root file system than /', {
        hint: "rootfs: '/'",
      })
    const [program = '', ...rest] = args
    const stdio = [io.stdin, io.stdout, io.stderr].map(({ type }) => (type === 'pipe' ? 'pipe' : 'ignore'))
    const child = spawn(program, rest, {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio,
      detached: true,
    })
    await once(child, 'spawn').catch((cause: Error) => {
      throw new ExecdError('EXECD_PROGRAM_NOT_FOUND', `${program}: ${cause.message}`, { cause })
    })
    const container = { pid: child.pid ?? 0, detached: false as const, child, exited: this.#ended(id, child) }
    this.active.set(id, container)
    const { stdin, stdout, stderr } = child
    return { pid: container.pid, stdin, stdout, stderr, exited: container.exited }
  }

  async kill({ id }: Target, signal: number): Promise<void> {
    this.find(id).child.kill(signal)
  }

  async getPids(id: string): Promise<number[]> {
    return [this.find(id).pid]
  }

  async terminate(id: string): Promise<void> {
    const container = this.active.get(id)
    if (container === undefined) return
    process.kill(-container.pid, 'SIGKILL')
    await container.exited
  }

  async #ended(id: string, child: ChildProcess): Promise<ExitStatus> {
    const began = performance.now()
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    this.active.delete(id)
    const cpu = { user: null, system: null }
    const usage = {
      wall: performance.now() - began,
      cpu,
      memory: { peak: null, maxRss: null },
      pids: { peak: null, refused: null },
    }
    return { exitCode, signal, oom: null, usage, cleanup: [], lost: false }
  }
}

export const bare = defineDriver({
  name: 'bare',
  apiVersion: DRIVER_API_VERSION,
  create: () => new BareDriver(),
})
