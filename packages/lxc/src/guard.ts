import { fileURLToPath } from 'node:url'
import type { RunningTool, ToolRunner } from './commands/run.js'

/** How long after one that ended as soon as it began the next is started: something is wrong with it, and no loop would help. */
const PAUSE_MS = 1000

const SCRIPT = fileURLToPath(new URL('../helper/guard.sh', import.meta.url))

/** What a guard looks after. */
export interface GuardedState {
  readonly stateDir: string
  /** Cgroup mounts, with the base that LXC makes its groups below. */
  readonly cgroupRoots: readonly string[]
  /** Path below them of what is shared by owners and removed when it is empty. */
  readonly parent: string
}

/**
 * One small process beside this one that holds the read end of a pipe: when this process dies, in whatever way, it ends the containers and removes what is left of
 * them. Started with the first container; when it is killed it is started again.
 */
export class Guard {
  readonly #tools: ToolRunner
  readonly #state: GuardedState
  #running: Promise<RunningTool> | null = null
  #closed = false

  constructor(tools: ToolRunner, state: GuardedState) {
    this.#tools = tools
    this.#state = state
  }

  /** Resolves when the guard is there. */
  async start(): Promise<void> {
    this.#running ??= this.#spawn()
    await this.#running
  }

  async #spawn(): Promise<RunningTool> {
    try {
      const { stateDir, cgroupRoots, parent } = this.#state
      const stop = await this.#tools.find('lxc-stop')
      const tool = await this.#tools.spawn({
        program: 'sh',
        args: [SCRIPT, stateDir, stop, parent, ...cgroupRoots],
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      tool.stdin?.on('error', () => {})
      tool.keepAlive(false)
      const startedAt = performance.now()
      void tool.ended.then(() => {
        this.#running = null
        const early = performance.now() - startedAt < PAUSE_MS
        if (early) setTimeout(() => this.#again(), PAUSE_MS).unref()
        else this.#again()
      })
      return tool
    } catch (error) {
      this.#running = null
      throw error
    }
  }

  #again(): void {
    if (!this.#closed) this.start().catch(() => {}) // tried again with the next container
  }

  /** Lets it do its work, for which nothing is left when all containers have ended; resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true
    const tool = await this.#running?.catch(() => null)
    if (tool == null) return
    tool.keepAlive(true)
    tool.stdin?.end()
    await tool.ended
  }
}

/** Does a guard's work at once: ends and removes what an owner that is dead has left. Rejects with EXECD_TIMEOUT, EXECD_START_FAILED. */
export async function clearAway(
  tools: ToolRunner,
  { stateDir, cgroupRoots, parent }: GuardedState,
): Promise<void> {
  const stop = await tools.find('lxc-stop')
  await tools.run('sh', [SCRIPT, stateDir, stop, parent, ...cgroupRoots])
}
