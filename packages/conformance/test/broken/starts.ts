import { FakeDriver } from '@execd/conformance/fake'
import {
  type Command,
  type ContainerInfo,
  type DriverProcess,
  ExecdError,
  type RunOptions,
} from '@execd/core/driver'
import type { Broken } from './broken.js'

class TellsAnotherProcess extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return { ...(await super.run(command, options)), pid: process.ppid }
  }
}

class MissesWhatIsShort extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    if (command.process.args[0] !== '/bin/true') return process
    await process.exited
    throw new ExecdError('EXECD_START_FAILED', `${command.id} was not seen to run`)
  }
}

class DropsEmptyArguments extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const args = command.process.args.filter((arg) => arg !== '')
    return super.run({ ...command, process: { ...command.process, args } }, options)
  }
}

class SeesTheHost extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    // Only where the case looks: other programs may not be those of the host.
    const looks = command.process.args[2]?.includes('ls -d /bin/busybox')
    const rootfs = looks ? ({ ...command.rootfs, path: '/' } as Command['rootfs']) : command.rootfs
    return super.run({ ...command, rootfs }, options)
  }
}

class HasNoCodeForRoots extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return super.run(command, options).catch((error: ExecdError) => {
      if (error.code !== 'EXECD_ROOTFS') throw error
      throw new ExecdError('EXECD_START_FAILED', error.message, { details: error.details })
    })
  }
}

class TakesAnyForMissing extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return super.run(command, options).catch((error: ExecdError) => {
      if (error.code !== 'EXECD_PROGRAM_NOT_EXECUTABLE') throw error
      throw new ExecdError('EXECD_PROGRAM_NOT_FOUND', error.message, { details: error.details })
    })
  }
}

/** Has one place for the command that is started, and two moments of looking at it. */
class MixesStarts extends FakeDriver {
  #next: Command | null = null

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    this.#next = command
    await new Promise((resolve) => setTimeout(resolve, 1))
    return super.run({ ...this.#next, id: command.id }, options)
  }
}

class EndsTheFirstOfAnId extends FakeDriver {
  static readonly owners = new Map<string, EndsTheFirstOfAnId>()

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    await EndsTheFirstOfAnId.owners.get(command.id)?.terminate(command.id)
    const process = await super.run(command, options)
    EndsTheFirstOfAnId.owners.set(command.id, this)
    void process.exited.then(() => EndsTheFirstOfAnId.owners.delete(command.id))
    return process
  }
}

class KnowsTheGivenUp extends FakeDriver {
  readonly #begun = new Map<string, ContainerInfo>()

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { id } = command
    this.#begun.set(id, { id, status: 'running', pid: process.pid, details: {} })
    const started = await super.run(command, options).catch((error: ExecdError) => {
      if (error.code !== 'EXECD_START_FAILED') this.#begun.delete(id)
      throw error
    })
    this.#begun.delete(id)
    return started
  }

  override async info(id: string): Promise<ContainerInfo | null> {
    return (await super.info(id)) ?? this.#begun.get(id) ?? null
  }
}

/** A start waits for one of the same id that was given up, until it is given up itself. */
class WaitsForTheGivenUp extends FakeDriver {
  readonly #held = new Set<string>()
  readonly #waiting = new Map<string, () => void>()

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { id } = command
    const givenUp = new ExecdError('EXECD_START_FAILED', `the start of ${id} was given up`)
    if (this.#held.has(id)) return new Promise((_, reject) => this.#waiting.set(id, () => reject(givenUp)))
    return super.run(command, options).catch((error: unknown) => {
      if (ExecdError.is(error, 'EXECD_START_FAILED')) this.#held.add(id)
      throw error
    })
  }

  override async terminate(id: string): Promise<void> {
    this.#waiting.get(id)?.()
    await super.terminate(id)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const giveUp of this.#waiting.values()) giveUp()
    await super[Symbol.asyncDispose]()
  }
}

class PrestartTwice extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { prestart, oom } = options.callbacks
    if (prestart === null) return super.run(command, options)
    const twice: typeof prestart = async (state) => {
      await prestart(state)
      await prestart(state)
    }
    return super.run(command, { ...options, callbacks: { prestart: twice, oom } })
  }
}

/** Names this process, which is there whatever becomes of the start. */
class PrestartElsewhere extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { prestart, oom } = options.callbacks
    if (prestart === null) return super.run(command, options)
    const elsewhere: typeof prestart = (state) => prestart({ ...state, pid: process.pid })
    return super.run(command, { ...options, callbacks: { prestart: elsewhere, oom } })
  }
}

/** Faults of starts. */
export const START_FAULTS: readonly Broken[] = [
  {
    fault: 'names another process as the first one',
    create: () => new TellsAnotherProcess(),
    fails: ['lifecycle.pid', 'lifecycle.info', 'hooks.order'],
  },
  {
    fault: 'takes a program that ends at once for one that did not start',
    create: () => new MissesWhatIsShort(),
    fails: ['lifecycle.short'],
  },
  { fault: 'drops empty arguments', create: () => new DropsEmptyArguments(), fails: ['env.args'] },
  {
    fault: 'shows the host instead of the root file system',
    create: () => new SeesTheHost(),
    fails: ['isolation.root'],
  },
  {
    fault: 'has no code for a root file system that is not there',
    create: () => new HasNoCodeForRoots(),
    fails: ['rootfs.missing'],
  },
  {
    fault: 'takes a file that is no program for one that is not there',
    create: () => new TakesAnyForMissing(),
    fails: ['exit.not-executable'],
  },
  { fault: 'mixes starts', create: () => new MixesStarts(), fails: ['concurrency.many'] },
  {
    fault: 'ends what another driver object runs under the same id',
    create: () => new EndsTheFirstOfAnId(),
    fails: ['concurrency.one-id'],
  },
  {
    fault: 'tells of a start that was given up as if it went on',
    create: () => new KnowsTheGivenUp(),
    fails: ['timeouts.aborted-start'],
  },
  {
    fault: 'waits for ever for a start of the same id that was given up',
    create: () => new WaitsForTheGivenUp({ startDelay: 60 }),
    fails: ['timeouts.abort-any-moment'],
  },
  {
    fault: 'calls prestart twice',
    create: () => new PrestartTwice(),
    fails: ['hooks.prestart', 'hooks.order'],
  },
  {
    fault: 'tells prestart of another process',
    create: () => new PrestartElsewhere(),
    fails: ['hooks.prestart-fails', 'hooks.prestart-aborted'],
  },
]
