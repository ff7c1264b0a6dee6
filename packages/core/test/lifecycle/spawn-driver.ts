import { type ChildProcess, spawn } from 'node:child_process'
import type { Command } from '@execd/core'
import {
  DriverBase,
  type DriverProcess,
  type ExitStatus,
  NoopDriver,
  type RunOptions,
  type Target,
} from '@execd/core/driver'

/** Runs commands as plain children, for tests that need real pipes. Isolates nothing. */
export class SpawnDriver extends DriverBase<{
  pid: number
  detached: boolean
  child: ChildProcess
  exited: Promise<ExitStatus>
}> {
  readonly name = 'spawn'

  async capabilities() {
    return new NoopDriver({ capabilities: { verbs: { prestart: { reason: 'no' } } } }).capabilities()
  }

  async probe() {
    return { driver: this.name, usable: true, checks: [], facts: {} }
  }

  async run(command: Command, { io, detached }: RunOptions): Promise<DriverProcess> {
    const [program = '', ...args] = command.process.args
    const ways = [io.stdin, io.stdout, io.stderr].map(({ type }) => (type === 'pipe' ? 'pipe' : 'ignore'))
    const begun = performance.now()
    const child = spawn(program, args, { stdio: ways as ['pipe', 'pipe', 'pipe'] })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    const exited = new Promise<ExitStatus>((resolve) => {
      // 'exit', not 'close': output may still be on its way.
      child.once('exit', (exitCode, signal) => {
        this.active.delete(command.id)
        resolve({
          exitCode,
          signal,
          oom: null,
          usage: usage(performance.now() - begun),
          cleanup: [],
          lost: false,
        })
      })
    })
    const { stdin, stdout, stderr, pid = 0 } = child
    this.active.set(command.id, { pid, detached, child, exited })
    return { pid, stdin, stdout, stderr, exited }
  }

  async kill({ id }: Target, signal: number): Promise<void> {
    this.find(id).child.kill(signal as unknown as NodeJS.Signals)
  }

  async getPids(id: string): Promise<number[]> {
    return [this.find(id).pid]
  }

  async terminate(id: string): Promise<void> {
    const found = this.active.get(id)
    found?.child.kill('SIGKILL')
    await found?.exited
  }
}

function usage(wall: number): ExitStatus['usage'] {
  return {
    wall,
    cpu: { user: null, system: null },
    memory: { peak: null, maxRss: null },
    pids: { peak: null, refused: null },
  }
}
