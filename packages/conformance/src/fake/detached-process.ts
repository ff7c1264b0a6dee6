import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Command, type DriverProcess, ExecdError, type ExitStatus } from '@execd/core/driver'
import { alive, identify } from '../host/processes.js'
import { type FakeStart, givenUp, knobError, launchOf, released, spawned, usage } from './fake-process.js'
import type { FakeKnobs } from './knobs.js'
import { isRotated } from './rotating-file.js'
import type { FakeState, Kept } from './state.js'
import { killTagged } from './tag.js'

const KEEPER = fileURLToPath(new URL('./keeper.js', import.meta.url))
const POLL_MS = 15

/** A process of a detached container: another process keeps it, and its end is read from a file. */
export class DetachedProcess implements DriverProcess {
  readonly stdin = null
  readonly stdout = null
  readonly stderr = null
  readonly exited: Promise<ExitStatus>
  readonly #kept: Omit<Kept, 'owner'>
  readonly #state: FakeState
  #released = false

  constructor(kept: Omit<Kept, 'owner'>, state: FakeState, knobs: FakeKnobs) {
    this.#kept = kept
    this.#state = state
    state.write(kept, true)
    this.exited = this.#watch().then(async (status) => {
      await sleep(knobs.exitDelay ?? 0)
      return knobs.report?.(status) ?? status
    })
  }

  get pid(): number {
    return this.#kept.program.pid
  }

  get tag(): number {
    return this.#kept.tag
  }

  get alive(): boolean {
    return alive([this.#kept.program]).length > 0
  }

  /** Starts a keeper and the program under it. Rejects, with nothing left, when it cannot. */
  static async start(start: FakeStart, command: Command, state: FakeState): Promise<DetachedProcess> {
    if (isRotated(start.io.stdout) || isRotated(start.io.stderr))
      throw new ExecdError('EXECD_UNSUPPORTED', 'the fake driver rotates no files of detached containers', {
        details: { driver: 'fake', container: start.container, step: 'rotate' },
      })
    const { tag, program, args } = launchOf(start)
    const { startDelay, startError } = start.knobs
    if (startDelay !== undefined) await sleep(startDelay, undefined, { signal: start.signal }).catch(() => {})
    if (start.signal.aborted) throw givenUp(start.container)
    const keeperArgs = [KEEPER, program, state.endFile(command.id), ...args]
    const child = await spawned(process.execPath, keeperArgs, start.io)
    child.unref()
    const gate = child.stdio[3] as Duplex
    const [line] = (await once(gate, 'data')) as [Buffer]
    try {
      await start.prestart(Number(line))
      if (startError !== undefined) throw knobError(startError, start.container)
      if (start.signal.aborted) throw givenUp(start.container)
      const identities = { program: identify(Number(line)), keeper: identify(child.pid ?? 0) }
      await released(child)
      if (identities.program === null || identities.keeper === null) throw givenUp(start.container)
      return new DetachedProcess(
        {
          command,
          io: start.io,
          startedAt: Date.now(),
          tag,
          program: identities.program,
          keeper: identities.keeper,
        },
        state,
        start.knobs,
      )
    } catch (error) {
      gate.destroy()
      await killTagged([tag])
      state.remove(command.id)
      throw error
    }
  }

  /** Nobody owns it from now on: it goes on, and is not watched any more. */
  release(): void {
    this.#released = true
    this.#state.write(this.#kept, false)
  }

  async #watch(): Promise<ExitStatus> {
    const began = performance.now()
    const { command, keeper, tag } = this.#kept
    for (;;) {
      // Asked first: a keeper that is gone has written what it had to.
      const kept = alive([keeper]).length > 0
      const end = this.#state.end(command.id)
      if (!this.#released && (end !== null || !kept)) {
        await killTagged([tag])
        const ended = end ?? { exitCode: null, signal: null }
        return {
          ...ended,
          oom: null,
          usage: usage(performance.now() - began),
          cleanup: [],
          lost: end === null,
        }
      }
      await sleep(POLL_MS, undefined, { ref: !this.#released })
    }
  }
}
