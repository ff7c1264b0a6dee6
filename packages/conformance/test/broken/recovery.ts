import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FakeDriver } from '@execd/conformance/fake'
import type { DetachedContainer, Recovered, SweepReport } from '@execd/core/driver'
import type { Broken } from './broken.js'

/** Makes what is written down in files of a kind look as if nobody had it. */
function disown(folder: string, kind: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(kind))) {
    const kept = JSON.parse(readFileSync(join(folder, name), 'utf8')) as object
    writeFileSync(join(folder, name), JSON.stringify({ ...kept, owner: null }))
  }
}

class EndsDetached extends FakeDriver {
  override async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.active.keys()].map((id) => this.terminate(id)))
    await super[Symbol.asyncDispose]()
  }
}

class TakesWhatIsOwned extends FakeDriver {
  override async recover(ids?: readonly string[]): Promise<Recovered[]> {
    disown(this.knobs.state ?? '', '.json')
    return super.recover(ids)
  }
}

class ForgetsEnds extends FakeDriver {
  override async recover(ids?: readonly string[]): Promise<Recovered[]> {
    const found = await super.recover(ids)
    return found.filter(({ command }) => this.active.get(command.id)?.process.alive)
  }
}

class RecoversNothing extends FakeDriver {
  override async recover(): Promise<Recovered[]> {
    return []
  }
}

class RecoversAll extends FakeDriver {
  override recover(): Promise<Recovered[]> {
    return super.recover()
  }
}

class ListsUnowned extends FakeDriver {
  override async detached(): Promise<DetachedContainer[]> {
    return (await super.detached()).filter(({ owner }) => owner === null)
  }
}

class TakesWhatItLists extends FakeDriver {
  override async detached(): Promise<DetachedContainer[]> {
    const found = await super.detached()
    await super.recover(found.map(({ id }) => id))
    return found
  }
}

class SweepsLiving extends FakeDriver {
  override sweep(): Promise<SweepReport> {
    disown(this.knobs.state ?? '', '.run')
    return super.sweep()
  }
}

class SweepsNothing extends FakeDriver {
  override async sweep(): Promise<SweepReport> {
    return { removed: [], problems: [] }
  }
}

class SweepsDetached extends FakeDriver {
  override async sweep(): Promise<SweepReport> {
    for (const { pid } of await this.detached()) if (pid !== 0) process.kill(pid, 'SIGKILL')
    return super.sweep()
  }
}

/** Faults of detached containers and of sweeps. */
export const RECOVERY_FAULTS: readonly Broken[] = [
  {
    fault: 'ends detached containers with the runtime',
    create: (state) => new EndsDetached({ state }),
    keeps: true,
    fails: [
      'recover.handed-over',
      'recover.ended',
      'recover.listed',
      'recover.chosen',
      'recover.sweep-detached',
    ],
  },
  {
    fault: 'recovers what a living runtime owns',
    create: (state) => new TakesWhatIsOwned({ state }),
    keeps: true,
    alone: true, // it takes the owner off every container of the folder, also those of other cases
    fails: ['recover.owned'],
  },
  {
    fault: 'forgets detached containers that ended while nobody owned them',
    create: (state) => new ForgetsEnds({ state }),
    keeps: true,
    fails: ['recover.ended', 'recover.listed'],
  },
  {
    fault: 'recovers nothing',
    create: (state) => new RecoversNothing({ state }),
    keeps: true,
    fails: [
      'recover.handed-over',
      'recover.ended',
      'recover.listed',
      'recover.chosen',
      'recover.killed-owner',
      'recover.sweep-detached',
    ],
  },
  {
    fault: 'recovers more than what it was asked for',
    create: (state) => new RecoversAll({ state }),
    keeps: true,
    alone: true,
    fails: ['recover.chosen'],
  },
  {
    fault: 'lists only what nobody owns',
    create: (state) => new ListsUnowned({ state }),
    keeps: true,
    fails: ['recover.listed'],
  },
  {
    fault: 'takes what it lists',
    create: (state) => new TakesWhatItLists({ state }),
    keeps: true,
    alone: true,
    fails: ['recover.listed'],
  },
  {
    fault: 'sweeps what a living process has',
    create: (state) => new SweepsLiving({ state }),
    keeps: true,
    alone: true,
    fails: ['recover.sweep-living'],
  },
  {
    fault: 'sweeps nothing',
    create: (state) => new SweepsNothing({ state }),
    keeps: true,
    fails: ['recover.sweep-dead'],
  },
  {
    fault: 'sweeps detached containers',
    create: (state) => new SweepsDetached({ state }),
    keeps: true,
    alone: true,
    fails: ['recover.sweep-detached'],
  },
]
