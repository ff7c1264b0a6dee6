import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Command, ExecdError } from '@execd/core/driver'
import { keeperArguments, type Tools } from './launch.js'
import { childOf } from './processes.js'

/**
 * The namespaces of a container. Process 1 in there is a `cat` that reads a pipe of ours: when the pipe closes, also because this process was killed, it ends, and with
 * it the kernel ends everything else in the PID namespace. So nothing is ever left over.
 */
export class Keeper {
  /** Process id of process 1, on the host. */
  readonly pid: number
  /** Resolves when every process in the namespaces is gone. */
  readonly ended: Promise<unknown>
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, pid: number, ended: Promise<unknown>) {
    this.#child = child
    this.pid = pid
    this.ended = ended
  }

  /**
   * Resolves when the namespaces are made; rejects, with nothing left, when they could not be.
   *
   * @throws ExecdError EXECD_NAMESPACE with what unshare said
   */
  static async start(command: Command, tools: Tools, privileged: boolean): Promise<Keeper> {
    // `detached`: a session of its own, so that signals of this one's terminal do not reach it.
    const child = spawn(tools.unshare, keeperArguments(command, privileged), {
      stdio: 'pipe',
      detached: true,
    })
    const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.stdin.on('error', () => {})
    // What comes back was written by the `cat`, which unshare executes when everything else is done.
    child.stdin.write('ready\n')
    await Promise.race([once(child.stdout, 'data'), ended])
    const pid = childOf(child.pid ?? 0)
    if (pid !== null) return new Keeper(child, pid, ended)
    await ended
    const details = { driver: 'sample', container: command.id, step: 'unshare' }
    throw new ExecdError('EXECD_NAMESPACE', `the namespaces could not be made: ${said.trim()}`, { details })
  }

  /** Ends everything in the namespaces; resolves when it is gone. */
  async end(): Promise<void> {
    this.#child.stdin?.destroy()
    await this.ended
  }
}
