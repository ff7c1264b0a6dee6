import { constants } from 'node:os'
import { FakeDriver } from '@execd/conformance/fake'
import {
  type Command,
  type ContainerInfo,
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  type RunOptions,
  type Target,
} from '@execd/core/driver'
import { killTagged } from '../../dist/fake/tag.js'
import type { Broken } from './broken.js'

/** Ends what a faulty driver left, when the case is over: by their marks, so that nothing is missed that was forked in the last moment. */
class TidyAfterwards extends FakeDriver {
  readonly #tags: number[] = []

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    this.#tags.push(...this.tags(command.id))
    return process
  }

  override async exec(...call: Parameters<FakeDriver['exec']>): Promise<DriverProcess> {
    const process = await super.exec(...call)
    this.#tags.push(...this.tags(call[0]))
    return process
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    // Later than any case looks.
    setTimeout(() => void killTagged(this.#tags), 500)
  }
}

class TerminatesOneOnly extends TidyAfterwards {
  readonly #terminated: { yes: boolean }

  constructor(terminated = { yes: false }) {
    super({ leavesDescendants: () => terminated.yes })
    this.#terminated = terminated
  }

  override async terminate(id: string): Promise<void> {
    const container = this.active.get(id)
    if (container === undefined) return super.terminate(id)
    this.#terminated.yes = true
    process.kill(container.pid, 'SIGKILL')
    await container.process.exited
  }
}

class KillsTheEnded extends FakeDriver {
  override async kill(target: Target, signal: number): Promise<void> {
    await super.kill(target, signal).catch(() => {})
  }
}

class KillsTheGroup extends FakeDriver {
  override async kill(target: Target, signal: number): Promise<void> {
    if (target.exec !== undefined) return super.kill(target, signal)
    process.kill(-this.find(target.id).pid, signal)
  }
}

class TerminateRejects extends FakeDriver {
  override async terminate(id: string): Promise<void> {
    this.find(id)
    await super.terminate(id)
  }
}

class KeepsIds extends FakeDriver {
  readonly #used = new Set<string>()

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    if (this.#used.has(command.id)) throw new ExecdError('EXECD_ID_IN_USE', `${command.id} was used before`)
    const process = await super.run(command, options)
    this.#used.add(command.id)
    return process
  }
}

class RemembersForEver extends FakeDriver {
  readonly #known = new Map<string, ContainerInfo>()

  override async info(id: string): Promise<ContainerInfo | null> {
    const info = await super.info(id)
    if (info !== null) this.#known.set(id, info)
    return info ?? this.#known.get(id) ?? null
  }
}

/** A signal as shells report it. */
function asCode(status: ExitStatus): ExitStatus {
  if (status.signal === null) return status
  return { ...status, exitCode: 128 + constants.signals[status.signal], signal: null }
}

/** An exit code as if a shell had reported a signal. */
function asSignal(status: ExitStatus): ExitStatus {
  return status.exitCode === 137 ? { ...status, exitCode: null, signal: 'SIGKILL' } : status
}

/** Faults of ends and of signals. */
export const END_FAULTS: readonly Broken[] = [
  {
    fault: 'reports a signal as an exit code',
    create: () => new FakeDriver({ report: asCode }),
    fails: [
      'lifecycle.terminate',
      'exit.killed',
      'timeouts.timeout',
      'timeouts.grace-over',
      'exec.signals',
      'exec.container-ends',
      'pause.terminate',
    ],
  },
  {
    fault: 'takes an exit code for a signal',
    create: () => new FakeDriver({ report: asSignal }),
    fails: ['exit.codes'],
  },
  {
    fault: 'measures no time',
    create: () =>
      new FakeDriver({ report: (status) => ({ ...status, usage: { ...status.usage, wall: 0 } }) }),
    fails: ['exit.verdict'],
  },
  {
    fault: 'terminates the first process only',
    create: () => new TerminatesOneOnly(),
    fails: [
      'lifecycle.terminate',
      'lifecycle.close',
      'signals.one-process',
      'timeouts.timeout-empties',
      'timeouts.abort-empties',
      'pause.terminate',
    ],
  },
  {
    fault: 'leaves descendants behind when the program ends by itself',
    create: () => new TidyAfterwards({ leavesDescendants: () => true }),
    fails: ['lifecycle.descendants', 'exec.tree'],
  },
  {
    fault: 'takes a signal to what has ended for delivered',
    create: () => new KillsTheEnded(),
    fails: ['signals.ended'],
  },
  {
    fault: 'sends a signal to the whole group',
    create: () => new KillsTheGroup(),
    fails: ['signals.one-process'],
  },
  {
    fault: 'rejects a terminate when nothing runs',
    create: () => new TerminateRejects(),
    fails: ['lifecycle.terminate-nothing'],
  },
  {
    fault: 'does not give an id free again',
    create: () => new KeepsIds(),
    fails: ['lifecycle.id-again', 'timeouts.abort-any-moment'],
  },
  {
    fault: 'tells of a container that has ended as if it ran',
    create: () => new RemembersForEver(),
    fails: ['lifecycle.info'],
  },
]
