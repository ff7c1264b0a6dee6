import {
  type Command,
  type ContainerInfo,
  type DetachedContainer,
  DRIVER_API_VERSION,
  DriverBase,
  type DriverCapabilities,
  type DriverPlugin,
  type DriverProcess,
  ExecdError,
  type ExecOptions,
  type ProbeReport,
  type ProcessSpec,
  type Recovered,
  type RunOptions,
  type Stats,
  type SweepReport,
  type SweptThing,
  type Target,
} from '@execd/core/driver'
import { findProgram } from '@execd/linux/programs'
import { isStopped } from '../host/processes.js'
import { DetachedProcess } from './detached-process.js'
import { FakeProcess, type FakeStart } from './fake-process.js'
import type { FakeKnobs } from './knobs.js'
import { FakeState } from './state.js'
import { killTagged, send, stopTagged, tagged } from './tag.js'

/** What the fake keeps of a container. */
interface FakeContainer {
  readonly pid: number
  readonly detached: boolean
  readonly command: Command
  readonly process: FakeProcess | DetachedProcess
  readonly execs: Map<string, FakeProcess>
  paused: boolean
}

const FIELDS = [
  'rootfs.type=directory',
  'rootfs.path',
  'process.args',
  'process.env',
  'process.cwd',
  'process.umask',
  'namespaces.pid=host',
  'namespaces.ipc=host',
  'namespaces.uts=host',
  'namespaces.cgroup=host',
  'namespaces.user=auto',
  'network.mode=host',
  'seccomp=unconfined',
] as const

/** What it does with a folder to write down what runs. */
const KEEPING = { detach: true, recover: true, sweep: true } as const

/**
 * A driver that runs real processes with a changed root and isolates nothing: no namespaces, no limits, no users. It declares only what it does, and passes the kit on
 * any Linux machine with a static busybox, as root or with user namespaces. The root file system must have a /bin/busybox.
 */
export class FakeDriver extends DriverBase<FakeContainer> {
  readonly name: string = 'fake'
  protected readonly knobs: FakeKnobs
  readonly #state: FakeState | null
  readonly #starting = new Map<string, AbortController>()

  constructor(knobs: FakeKnobs = {}) {
    super()
    this.knobs = knobs
    this.#state = knobs.state === undefined ? null : new FakeState(knobs.state)
  }

  async capabilities(): Promise<DriverCapabilities> {
    const { fields, verbs, ...rest } = this.knobs.capabilities ?? {}
    // Only root may change the root outside a user namespace (chroot(2)).
    const user = process.geteuid?.() === 0 ? 'namespaces.user=host' : 'namespaces.user=private'
    const kept = this.#state === null ? {} : KEEPING
    return {
      ...rest,
      fields: { ...Object.fromEntries([...FIELDS, user].map((key) => [key, true as const])), ...fields },
      verbs: { exec: true, pause: true, stats: true, prestart: true, rotate: true, ...kept, ...verbs },
    }
  }

  async probe(): Promise<ProbeReport> {
    const busybox = findProgram('busybox')
    const check = { name: 'busybox', required: true } as const
    return {
      driver: this.name,
      usable: busybox !== null,
      checks: [
        busybox === null
          ? { ...check, status: 'missing', reason: 'there is no busybox on PATH', hint: 'install busybox' }
          : { ...check, status: 'ok', reason: busybox },
      ],
      facts: { isolation: 'none' },
    }
  }

  async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { id, process: spec, rootfs } = command
    if (this.active.has(id) || this.#starting.has(id))
      throw new ExecdError('EXECD_ID_IN_USE', `${id} runs already`, {
        details: { driver: this.name, container: id },
      })
    const root = rootOf(rootfs)
    const prestart = (pid: number) => options.callbacks.prestart?.({ id, status: 'creating', pid })
    const state = options.detached ? this.#state : null
    const process = await this.#begin<FakeProcess | DetachedProcess>(
      { key: id, container: id, root, spec, io: options.io, prestart },
      (start) => (state === null ? FakeProcess.start(start) : DetachedProcess.start(start, command, state)),
    )
    return this.#hold(command, process)
  }

  override async exec(
    id: string,
    execId: string,
    spec: ProcessSpec,
    { io }: ExecOptions,
  ): Promise<DriverProcess> {
    const container = this.find(id)
    const root = rootOf(container.command.rootfs)
    const prestart = () => undefined
    const process = await this.#begin(
      { key: execId, container: id, root, spec, io, prestart },
      FakeProcess.start,
    )
    if (!container.process.alive) {
      await killTagged([process.tag])
      this.find(id)
    }
    container.execs.set(execId, process)
    void process.exited.then(() => container.execs.delete(execId))
    return process
  }

  async kill(target: Target, signal: number): Promise<void> {
    this.#starting.get(target.exec ?? target.id)?.abort()
    const { process, execs } = this.find(target.id)
    const found = target.exec === undefined ? process : execs.get(target.exec)
    if (found?.alive) send(found.pid, signal)
    else
      throw new ExecdError('EXECD_NOT_RUNNING', `${target.exec ?? target.id} has ended`, {
        details: { driver: this.name, container: target.id },
      })
  }

  override async pause(id: string): Promise<void> {
    await stopTagged(this.tags(id))
    this.find(id).paused = true
  }

  override async unpause(id: string): Promise<void> {
    for (const pid of tagged(this.tags(id))) send(pid, 'SIGCONT')
    this.find(id).paused = false
  }

  async getPids(id: string): Promise<number[]> {
    return tagged(this.tags(id))
  }

  override async stats({ id, exec }: Target): Promise<Stats> {
    const { process, execs } = this.find(id)
    const tags = exec === undefined ? this.tags(id) : [(execs.get(exec) ?? process).tag]
    const pids = { current: tagged(tags).length, peak: null, limit: null }
    return { time: Date.now(), memory: null, cpu: null, pids, blockIO: null, network: null }
  }

  async terminate(id: string): Promise<void> {
    this.#starting.get(id)?.abort()
    const container = this.active.get(id)
    if (container === undefined) return
    await killTagged(this.tags(id))
    await container.process.exited
  }

  override async info(id: string): Promise<ContainerInfo | null> {
    const found = this.active.get(id)
    return found === undefined
      ? null
      : { id, status: found.paused ? 'paused' : 'running', pid: found.pid, details: {} }
  }

  override async clean(id: string): Promise<void> {
    this.#state?.remove(id)
  }

  override async detached(): Promise<DetachedContainer[]> {
    const state = this.#state
    if (state === null) return this.refuse('recover')
    return state.all().map((kept) => state.describe(kept, isStopped(kept.program.pid)))
  }

  override async recover(ids?: readonly string[]): Promise<Recovered[]> {
    const state = this.#state
    if (state === null) return this.refuse('recover')
    const free = state.unowned().filter(({ command }) => ids === undefined || ids.includes(command.id))
    return free.map((kept) => {
      const { command, io, startedAt } = kept
      const paused = isStopped(kept.program.pid)
      const process = this.#hold(command, new DetachedProcess(kept, state, this.knobs), paused)
      return { command, io, process, startedAt, paused }
    })
  }

  override async sweep(): Promise<SweepReport> {
    const state = this.#state
    if (state === null) return this.refuse('sweep')
    const removed: SweptThing[] = []
    for (const { id, tag } of state.abandoned()) {
      removed.push(...tagged([tag]).map((pid) => ({ kind: 'process' as const, name: String(pid) })))
      await killTagged([tag])
      state.unmark(tag)
      removed.push({ kind: 'state', name: id })
    }
    return { removed, problems: [] }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    for (const { process } of this.active.values()) if (process instanceof DetachedProcess) process.release()
    this.active.clear()
  }

  /** The marks of everything in a container. */
  protected tags(id: string): number[] {
    const { process, execs } = this.find(id)
    return [process, ...execs.values()].map(({ tag }) => tag)
  }

  #hold(command: Command, process: FakeProcess | DetachedProcess, paused = false): DriverProcess {
    const { id } = command
    const { pid, stdin, stdout, stderr } = process
    const detached = process instanceof DetachedProcess
    const execs = new Map<string, FakeProcess>()
    this.active.set(id, { pid, detached, command, process, execs, paused })
    const exited = process.exited.then(async (status) => {
      await killTagged([...execs.values()].map(({ tag }) => tag))
      await Promise.all([...execs.values()].map((exec) => exec.exited))
      this.active.delete(id)
      return status
    })
    return { pid, stdin, stdout, stderr, exited }
  }

  /** Lets a sweep find it, should this process die. */
  #mark(id: string, { tag, exited }: FakeProcess): void {
    this.#state?.mark(id, tag)
    void exited.then(() => this.#state?.unmark(tag))
  }

  /** A start that `terminate` and `kill` give up, by the key. */
  async #begin<Started>(
    { key, ...what }: Omit<FakeStart, 'busybox' | 'knobs' | 'signal'> & { readonly key: string },
    start: (options: FakeStart) => Promise<Started>,
  ): Promise<Started> {
    const busybox = findProgram('busybox')
    if (busybox === null) throw new ExecdError('EXECD_HELPER_MISSING', 'there is no busybox on PATH')
    const gaveUp = new AbortController()
    this.#starting.set(key, gaveUp)
    try {
      const started = await start({ ...what, busybox, knobs: this.knobs, signal: gaveUp.signal })
      if (started instanceof FakeProcess) this.#mark(what.container, started)
      return started
    } finally {
      this.#starting.delete(key)
    }
  }
}

function rootOf(rootfs: Command['rootfs']): string {
  return rootfs.type === 'directory' ? rootfs.path : '/'
}

/** The fake driver as a plugin. Not registered by name: `createRuntime({ driver: fakeDriver, driverOptions })`. */
export const fakeDriver: DriverPlugin<FakeKnobs> = {
  name: 'fake',
  apiVersion: DRIVER_API_VERSION,
  create: (knobs) => new FakeDriver(knobs),
}
