import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { FakeDriver } from '@execd/conformance/fake'
import {
  type Command,
  type DriverCapabilities,
  type DriverProcess,
  ExecdError,
  type ExecOptions,
  type ProbeReport,
  type ProcessSpec,
  type RunOptions,
  type Stats,
  type Target,
} from '@execd/core/driver'
import type { Broken } from './broken.js'

class ChangesItsMind extends FakeDriver {
  #asked = 0

  override async capabilities(): Promise<DriverCapabilities> {
    const { fields, verbs } = await super.capabilities()
    this.#asked += 1
    return { fields, verbs: { ...verbs, update: { reason: `asked for the ${this.#asked}. time` } } }
  }
}

class GivesNoReason extends FakeDriver {
  override async capabilities(): Promise<DriverCapabilities> {
    const { fields, verbs } = await super.capabilities()
    return { fields: { ...fields, init: { reason: '' } }, verbs }
  }
}

class PretendsToUpdate extends FakeDriver {
  override async update(): Promise<void> {}
}

class IgnoresUmask extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return super.run({ ...command, process: { ...command.process, umask: 0o022 } }, options)
  }
}

class InheritsEnvironment extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { env } = command.process
    const all = Object.fromEntries(
      Object.entries({ ...process.env, ...env }).map(([name, value]) => [name, value ?? '']),
    )
    return super.run({ ...command, process: { ...command.process, env: all } }, options)
  }
}

class LendsADescriptor extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const [shell, flag, script] = command.process.args
    if (shell !== '/bin/sh' || flag !== '-c') return super.run(command, options)
    const args = [shell, flag, `exec 5</etc/passwd; ${script}`]
    return super.run({ ...command, process: { ...command.process, args } }, options)
  }
}

class LeaksADescriptor extends FakeDriver {
  readonly #opened: number[] = []

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    this.#opened.push(openSync('/proc/version', 'r'))
    return process
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    for (const fd of this.#opened.splice(0)) closeSync(fd)
  }
}

class LeavesAChild extends FakeDriver {
  readonly #children: ChildProcess[] = []

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    this.#children.push(spawn('sleep', ['60'], { stdio: 'ignore' }))
    return process
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    const ended = this.#children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(ended)
  }
}

class DoesNotAwaitPrestart extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { prestart, oom } = options.callbacks
    if (prestart === null) return super.run(command, options)
    const hurried: typeof prestart = async (state) => void prestart(state).catch(() => {})
    return super.run(command, { ...options, callbacks: { prestart: hurried, oom } })
  }
}

class DoesNotPause extends FakeDriver {
  override async pause(id: string): Promise<void> {
    this.find(id).paused = true
  }
}

class ExecsElsewhere extends FakeDriver {
  override exec(id: string, execId: string, spec: ProcessSpec, options: ExecOptions): Promise<DriverProcess> {
    const cwd = spec.cwd === '/tmp' ? '/' : spec.cwd
    return super.exec(id, execId, { ...spec, cwd }, options)
  }
}

class HasNoHints extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return super.run(command, options).catch((error: ExecdError) => {
      throw new ExecdError(error.code, error.message, { hint: '', details: error.details })
    })
  }
}

class HasNoCodes extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return super.run(command, options).catch((error: ExecdError) => {
      if (error.code !== 'EXECD_WORKING_DIRECTORY') throw error
      throw new Error(error.message)
    })
  }
}

class StartsAnything extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return super.run(command, options).catch((error: ExecdError) => {
      if (error.code !== 'EXECD_PROGRAM_NOT_FOUND') throw error
      return super.run(
        { ...command, process: { ...command.process, args: ['/bin/sh', '-c', 'exit 127'] } },
        options,
      )
    })
  }
}

class Miscounts extends FakeDriver {
  override async stats(target: Target): Promise<Stats> {
    return { ...(await super.stats(target)), pids: { current: -1, peak: null, limit: null } }
  }
}

class ClosesOthers extends FakeDriver {
  static readonly all = new Set<ClosesOthers>()

  constructor() {
    super()
    ClosesOthers.all.add(this)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    ClosesOthers.all.delete(this)
    const drivers = [this, ...ClosesOthers.all]
    await Promise.all(
      drivers.flatMap((driver) => [...driver.active.keys()].map((id) => driver.terminate(id))),
    )
  }
}

class ProbesLightly extends FakeDriver {
  override async probe(): Promise<ProbeReport> {
    const report = await super.probe()
    const check = { name: 'kernel', required: true, status: 'missing', reason: 'not this one' } as const
    return { ...report, usable: true, checks: [...report.checks, check] }
  }
}

/** Faults of what is declared, asked for and owed. */
export const CONTRACT_FAULTS: readonly Broken[] = [
  {
    fault: 'declares other capabilities each time',
    create: () => new ChangesItsMind(),
    fails: ['manifest.stable'],
  },
  {
    fault: 'gives no reason for what is absent',
    create: () => new GivesNoReason(),
    fails: ['manifest.reasons', 'refusals.init'],
  },
  {
    fault: 'accepts a verb that it does not declare, and does nothing',
    create: () => new PretendsToUpdate(),
    fails: ['refusals.update'],
  },
  { fault: 'accepts a field and ignores it', create: () => new IgnoresUmask(), fails: ['process.umask'] },
  {
    fault: 'passes its own environment on',
    create: () => new InheritsEnvironment(),
    fails: ['env.exact', 'env.others'],
  },
  {
    fault: 'lets a descriptor into the container',
    create: () => new LendsADescriptor(),
    fails: ['isolation.descriptors'],
  },
  { fault: 'leaves a descriptor open', create: () => new LeaksADescriptor(), fails: ['cleanup.descriptors'] },
  { fault: 'leaves a child of its own', create: () => new LeavesAChild(), fails: ['cleanup.children'] },
  {
    fault: 'does not await prestart',
    create: () => new DoesNotAwaitPrestart(),
    fails: ['hooks.prestart', 'hooks.prestart-fails'],
  },
  { fault: 'does not pause', create: () => new DoesNotPause(), fails: ['pause.stands-still'] },
  { fault: 'starts an exec in another folder', create: () => new ExecsElsewhere(), fails: ['exec.cwd'] },
  { fault: 'gives errors without a hint', create: () => new HasNoHints(), fails: ['errors.hint'] },
  {
    fault: 'throws errors without a code',
    create: () => new HasNoCodes(),
    fails: ['cwd.missing', 'cwd.file', 'errors.shape'],
  },
  {
    fault: 'takes a program that is not there for started',
    create: () => new StartsAnything(),
    fails: [
      'exit.not-found',
      'env.path',
      'errors.shape',
      'errors.hint',
      'errors.nothing-left',
      'cleanup.descriptors-failed',
      'cleanup.children',
      'cleanup.mounts',
      'cleanup.leftovers',
    ],
  },
  {
    fault: 'measures nonsense',
    create: () => new Miscounts(),
    fails: ['stats.sample', 'stats.pids', 'stats.exec'],
  },
  {
    fault: 'ends the containers of other driver objects',
    create: () => new ClosesOthers(),
    alone: true,
    fails: ['concurrency.two-runtimes'],
  },
  {
    fault: 'calls a host usable that lacks what is required',
    create: () => new ProbesLightly(),
    fails: ['probe.usable'],
  },
]
