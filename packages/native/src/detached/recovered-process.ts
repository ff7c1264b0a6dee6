import { setTimeout as delay } from 'node:timers/promises'
import {
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  lostStatus,
  type TerminalSize,
} from '@execd/core/driver'
import { isAlive, type ProcessIdentity, signalProcess } from '@execd/linux/proc'
import { exitStatus } from '../process/exit-status.js'
import { checkSignalled } from '../process/signal-result.js'
import type { ContainerState, Exited } from '../state/container-state.js'
import type { ProcessRecord } from '../state/record.js'
import type { MonitorLink } from './monitor-link.js'

/** Longer than everything that a monitor does in its own time. */
const STUCK_AFTER_MS = 20_000
const POLL_MS = 20
const ENOTTY = 25

/** What is known of a container that was found. */
export interface Found {
  readonly state: ContainerState
  readonly record: ProcessRecord
  /** Null: its monitor does not answer. */
  readonly link: MonitorLink | null
  /** What is kept of its end now. */
  readonly kept: () => Exited | null
  /** Makes sure that nothing of it runs any more, when its monitor was killed. Resolves with what could not be done. */
  readonly cleanUp: () => Promise<ExitStatus['cleanup']>
}

/** The first process of a container that another process, or an earlier run of this one, has started. */
export class RecoveredProcess implements DriverProcess {
  readonly pid: number
  readonly startTime: bigint
  readonly stdin = null
  readonly stdout = null
  readonly stderr = null
  readonly exited: Promise<ExitStatus>
  readonly #found: Found
  #killed = false
  #ended = false

  constructor(found: Found) {
    this.#found = found
    this.pid = found.record.child.pid
    this.startTime = found.record.child.startTime
    this.exited = this.#watch()
  }

  async kill(signal: number): Promise<void> {
    checkSignalled(this.pid, (await this.#found.link?.kill(signal)) ?? null, this.#ended)
  }

  async killAll(): Promise<void> {
    this.#killed = true
    const stuck = setTimeout(() => this.#killMonitor(), STUCK_AFTER_MS)
    await this.#found.link?.killAll()
    await this.exited
    clearTimeout(stuck)
  }

  async resize(size: TerminalSize): Promise<void> {
    const errno = await this.#found.link?.resize(size.height, size.width)
    if (errno !== ENOTTY) return
    throw new ExecdError('EXECD_INVALID_STATE', 'the process has no terminal', {
      hint: 'start it with `process.terminal: true`',
      details: { driver: 'native' },
    })
  }

  release(): void {
    this.#found.link?.release()
  }

  #killMonitor(): void {
    try {
      signalProcess(this.#found.record.monitor, 'SIGKILL')
    } catch {
      // not ours any more
    }
  }

  async #watch(): Promise<ExitStatus> {
    const { state, link, kept, cleanUp, record } = this.#found
    const exited = (link === null ? null : await link.exited) ?? kept()
    this.#ended = true
    const nameOf = (index: number): string => state.steps[index] ?? String(index)
    if (exited !== null) {
      await gone(record.monitor)
      const context = { wall: Number(exited.wallMs), killed: this.#killed, reportKeys: state.reportKeys }
      return exitStatus(nameOf, exited, context)
    }
    // a monitor that lives and does not speak is stopped, or has another program's memory: nothing of it can be believed
    this.#killMonitor()
    return lostStatus(Date.now() - state.startedAt, await cleanUp())
  }
}

/** The monitor has said its last word: what follows is its own end. */
async function gone(monitor: ProcessIdentity): Promise<void> {
  for (const end = performance.now() + STUCK_AFTER_MS; isAlive(monitor) && performance.now() < end; ) {
    await delay(POLL_MS)
  }
}
