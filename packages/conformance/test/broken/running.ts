import { writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { FakeDriver } from '@execd/conformance/fake'
import {
  type Command,
  type ContainerInfo,
  type DriverProcess,
  ExecdError,
  type RunOptions,
  type Stats,
  type Target,
} from '@execd/core/driver'
import type { Broken } from './broken.js'

class ListsTwice extends FakeDriver {
  override async getPids(id: string): Promise<number[]> {
    const pids = await super.getPids(id)
    return [...pids, ...pids.slice(0, 1)]
  }
}

class ListsNothingForNone extends FakeDriver {
  override async getPids(id: string): Promise<number[]> {
    return this.active.has(id) ? super.getPids(id) : []
  }
}

class CleansOnce extends FakeDriver {
  readonly #cleaned = new Set<string>()

  override async clean(id: string): Promise<void> {
    if (this.#cleaned.has(id)) throw new ExecdError('EXECD_NOT_FOUND', `there is no ${id}`)
    this.#cleaned.add(id)
    await super.clean(id)
  }
}

class KnowsNothing extends FakeDriver {
  override async info(): Promise<ContainerInfo | null> {
    return null
  }
}

class SendsAnotherSignal extends FakeDriver {
  override kill(target: Target, signal: number): Promise<void> {
    const { SIGUSR1, SIGUSR2 } = constants.signals
    return super.kill(target, signal === SIGUSR1 ? SIGUSR2 : signal)
  }
}

class AllowsNoGrace extends FakeDriver {
  override kill(target: Target, signal: number): Promise<void> {
    const { SIGTERM, SIGKILL } = constants.signals
    return super.kill(target, signal === SIGTERM && target.exec === undefined ? SIGKILL : signal)
  }
}

class PausesOnce extends FakeDriver {
  readonly #paused = new Set<string>()

  override async pause(id: string): Promise<void> {
    if (this.#paused.has(id)) throw new ExecdError('EXECD_INVALID_STATE', `${id} was paused before`)
    this.#paused.add(id)
    await super.pause(id)
  }
}

class CannotEndWhatIsPaused extends FakeDriver {
  override async terminate(id: string): Promise<void> {
    if (this.active.get(id)?.paused) throw new ExecdError('EXECD_INVALID_STATE', `${id} is paused`)
    await super.terminate(id)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.active.keys()].map((id) => super.terminate(id)))
    await super[Symbol.asyncDispose]()
  }
}

class HasNoClock extends FakeDriver {
  override async stats(target: Target): Promise<Stats> {
    return { ...(await super.stats(target)), time: 0 }
  }
}

/** Gives a program that is to have no input one that does not end. */
class LeavesInputOpen extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { io } = options
    if (io.stdin.type !== 'ignore') return super.run(command, options)
    const process = await super.run(command, { ...options, io: { ...io, stdin: { type: 'pipe' } } })
    return { ...process, stdin: null }
  }
}

class WantsInputRead extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    const { stdin } = process
    if (stdin === null) return process
    stdin.on('error', () => {})
    let refused = false
    const strict = new Writable({
      write: (chunk, _encoding, done) =>
        void stdin.write(chunk, (error) => {
          refused ||= error !== null && error !== undefined
          done()
        }),
      final: (done) => void stdin.end(() => done()),
    })
    const exited = process.exited.then(async (status) => {
      // A program may have ended before its input is written.
      await new Promise((resolve) => setTimeout(resolve, 20))
      return refused ? { ...status, exitCode: null, signal: 'SIGPIPE' as const } : status
    })
    return { ...process, stdin: strict, exited }
  }
}

class ReadsOnForNobody extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    const source = process.stdout
    if (source === null) return process
    const stdout = source.pipe(new PassThrough())
    stdout.once('close', () => source.resume())
    return { ...process, stdout }
  }
}

class LeavesAFile extends FakeDriver {
  readonly #folder: string

  constructor(folder: string) {
    super()
    this.#folder = folder
  }

  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    writeFileSync(join(this.#folder, 'left'), command.id)
    return super.run(command, options)
  }
}

/** Faults of what runs. */
export const RUNNING_FAULTS: readonly Broken[] = [
  { fault: 'lists a process twice', create: () => new ListsTwice(), fails: ['lifecycle.pids'] },
  {
    fault: 'lists the processes of a container that never was',
    create: () => new ListsNothingForNone(),
    fails: ['errors.unknown-id'],
  },
  { fault: 'cleans once only', create: () => new CleansOnce(), fails: ['lifecycle.clean'] },
  {
    fault: 'knows nothing of what runs',
    create: () => new KnowsNothing(),
    fails: ['lifecycle.info', 'lifecycle.id-in-use', 'pause.stands-still'],
  },
  {
    fault: 'sends another signal',
    create: () => new SendsAnotherSignal(),
    fails: ['signals.delivered', 'signals.one-process'],
  },
  { fault: 'allows no grace', create: () => new AllowsNoGrace(), fails: ['timeouts.grace'] },
  { fault: 'pauses once only', create: () => new PausesOnce(), fails: ['pause.again'] },
  {
    fault: 'cannot end what is paused',
    create: () => new CannotEndWhatIsPaused(),
    fails: ['pause.terminate', 'pause.timeout'],
  },
  { fault: 'has no clock', create: () => new HasNoClock(), fails: ['stats.sample', 'stats.ended'] },
  {
    fault: 'leaves an input open that should be empty',
    create: () => new LeavesInputOpen(),
    fails: ['stdio.no-input', 'stdio.ignore'],
  },
  {
    fault: 'takes input that nobody read for a failure',
    create: () => new WantsInputRead(),
    fails: ['stdio.input-unread'],
  },
  {
    fault: 'reads on when nobody wants the output any more',
    create: () => new ReadsOnForNobody(),
    fails: ['stdio.output-closed'],
  },
  {
    fault: 'leaves a file behind',
    create: (state) => new LeavesAFile(state),
    fails: ['cleanup.leftovers'],
  },
]
