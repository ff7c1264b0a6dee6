import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FakeDriver } from '@execd/conformance/fake'
import type { Recovered } from '@execd/core/driver'
import type { Broken } from './broken.js'

class EndsDetached extends FakeDriver {
  override async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.active.keys()].map((id) => this.terminate(id)))
    await super[Symbol.asyncDispose]()
  }
}

class TakesWhatIsOwned extends FakeDriver {
  override async recover(ids?: readonly string[]): Promise<Recovered[]> {
    const folder = this.knobs.state ?? ''
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
      const kept = JSON.parse(readFileSync(join(folder, name), 'utf8')) as object
      writeFileSync(join(folder, name), JSON.stringify({ ...kept, owner: null }))
    }
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

/** Faults of detached containers. */
export const RECOVERY_FAULTS: readonly Broken[] = [
  {
    fault: 'ends detached containers with the runtime',
    create: (state) => new EndsDetached({ state }),
    keeps: true,
    fails: ['recover.handed-over', 'recover.ended'],
  },
  {
    fault: 'recovers what a living runtime owns',
    create: (state) => new TakesWhatIsOwned({ state }),
    keeps: true,
    fails: ['recover.owned'],
  },
  {
    fault: 'forgets detached containers that ended while nobody owned them',
    create: (state) => new ForgetsEnds({ state }),
    keeps: true,
    fails: ['recover.ended'],
  },
  {
    fault: 'recovers nothing',
    create: (state) => new RecoversNothing({ state }),
    keeps: true,
    fails: ['recover.handed-over', 'recover.ended', 'recover.killed-owner'],
  },
]
