import { FakeDriver } from '@execd/conformance/fake'
import type {
  Command,
  DriverCapabilities,
  DriverProcess,
  ProbeCheck,
  ProbeReport,
  RunOptions,
} from '@execd/core/driver'
import type { Broken } from './broken.js'

const ABSENT = { reason: 'not in this driver' }
const CHECK: ProbeCheck = { name: 'kernel', required: false, status: 'ok', reason: 'any will do' }

/** Declares these verbs absent, and has them all the same. */
function without(...verbs: ReadonlyArray<keyof DriverCapabilities['verbs']>): Partial<DriverCapabilities> {
  return { verbs: Object.fromEntries(verbs.map((verb) => [verb, ABSENT])) }
}

class ChangesItsName extends FakeDriver {
  #name = 'fake'

  constructor() {
    super()
    Object.defineProperty(this, 'name', { get: () => this.#name })
  }

  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    this.#name = 'fake-that-runs'
    return super.run(command, options)
  }
}

class ChecksTwice extends FakeDriver {
  override async probe(): Promise<ProbeReport> {
    const report = await super.probe()
    return { ...report, checks: [...report.checks, CHECK, CHECK] }
  }
}

class ChecksWhatRuns extends FakeDriver {
  override async probe(): Promise<ProbeReport> {
    const report = await super.probe()
    return this.active.size === 0 ? report : { ...report, checks: [...report.checks, CHECK] }
  }
}

class PretendsToResize extends FakeDriver {
  override async resize(): Promise<void> {}
}

/** Faults of what a driver says of itself and of the host. */
export const DECLARED_FAULTS: readonly Broken[] = [
  {
    fault: 'declares what the contract does not know',
    create: () => new FakeDriver({ capabilities: { fields: { colour: true } } }),
    fails: ['manifest.plain'],
  },
  { fault: 'changes its name', create: () => new ChangesItsName(), fails: ['manifest.name'] },
  {
    fault: 'recovers, but detaches nothing',
    create: (state) => new FakeDriver({ state, capabilities: without('detach') }),
    keeps: true,
    fails: ['manifest.enough'],
  },
  { fault: 'checks the same thing twice', create: () => new ChecksTwice(), fails: ['probe.report'] },
  {
    fault: 'checks other things while something runs',
    create: () => new ChecksWhatRuns(),
    fails: ['probe.repeatable'],
  },
  {
    fault: 'executes, pauses and measures though it declares none of them',
    create: () => new FakeDriver({ capabilities: without('exec', 'pause', 'stats') }),
    fails: ['refusals.exec', 'refusals.pause', 'refusals.stats'],
  },
  {
    fault: 'recovers and sweeps though it declares neither',
    create: (state) => new FakeDriver({ state, capabilities: without('detach', 'recover', 'sweep') }),
    keeps: true,
    fails: ['refusals.recover', 'refusals.sweep'],
  },
  {
    fault: 'takes a new size for no terminal',
    create: () => new PretendsToResize(),
    fails: ['refusals.resize'],
  },
]
