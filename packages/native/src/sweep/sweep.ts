import type { CleanupProblem, SweepReport, SweptThing } from '@execd/core/driver'
import type { CgroupsOfHost } from '@execd/linux/cgroup'
import type { DriverState } from '../state/driver-state.js'
import { type FoundGroup, findGroups, type ParentFolder } from './find-groups.js'
import { endProcess, removeLinks, type Swept } from './others.js'
import { type DeadOwner, findDeadOwners } from './owners.js'
import { parentFolders } from './parents.js'
import { removeGroup } from './remove-group.js'
import { sweepStates } from './states.js'
import { sweepUntagged } from './untagged.js'

export interface SweepWork {
  readonly state: DriverState
  readonly cgroups: CgroupsOfHost
  /** Ends the wait for what may be just being made. */
  readonly signal: AbortSignal
}

/** Removes what dead owners left: see Driver in @execd/core. Several at the same time do not disturb each other. */
export function sweep(work: SweepWork): Promise<SweepReport> {
  return new Sweep(work).run()
}

class Sweep {
  readonly #work: SweepWork
  readonly #removed: SweptThing[] = []
  readonly #problems: CleanupProblem[] = []
  #parents: readonly ParentFolder[] = []

  constructor(work: SweepWork) {
    this.#work = work
  }

  async run(): Promise<SweepReport> {
    const { state, cgroups, signal } = this.#work
    const { root, sys, owner } = state
    const owners = findDeadOwners(root, sys)
    const done = new Set<string>()
    try {
      const near = [...owners.dead.values()].filter((one) => one.near)
      this.#parents = parentFolders(
        cgroups,
        near.flatMap(({ file }) => file.parents),
      )
      for (const one of near) if (await this.#sweepOwner(one)) done.add(one.token)
      for (const { token, near } of owners.dead.values()) if (!near) this.#problems.push(tooFar(token))
      const lives = (token: string): boolean => token === owner.token || owners.living.has(token)
      const undo = ({ nonce }: { nonce: string }): Promise<boolean> =>
        this.#removeGroups(({ tag }) => 'detached' in tag && tag.detached === nonce)
      this.#add(await sweepStates({ root, sys, token: owner.token, lives, undo }))
      this.#note('cgroup', await sweepUntagged(sys, this.#parents, signal))
    } finally {
      owners.release(done)
    }
    this.#note(
      'file',
      [...done].map((token) => `${root.path}/owners/${token}`),
    )
    return { removed: this.#removed, problems: this.#problems }
  }

  /** Whether nothing of it is left. */
  async #sweepOwner({ token, file, past }: DeadOwner): Promise<boolean> {
    if (past) return true
    const { sys } = this.#work.state
    const groups = await this.#removeGroups(({ tag }) => 'owner' in tag && tag.owner === token)
    const others: Swept[] = []
    for (const { child } of file.records) others.push(await endProcess(sys, child))
    others.push(removeLinks(sys, token))
    for (const one of others) this.#add(one)
    return groups && others.every(({ problems }) => problems.length === 0)
  }

  /** Whether all of them are gone. */
  async #removeGroups(wanted: (group: FoundGroup) => boolean): Promise<boolean> {
    const { sys } = this.#work.state
    let all = true
    for (const group of findGroups(sys, this.#parents).filter(wanted)) {
      const { removed, problems } = await removeGroup(sys, group)
      this.#note('cgroup', removed)
      this.#problems.push(...problems)
      all &&= problems.length === 0
    }
    return all
  }

  #add({ removed, problems }: Swept): void {
    this.#removed.push(...removed)
    this.#problems.push(...problems)
  }

  #note(kind: SweptThing['kind'], names: readonly string[]): void {
    this.#removed.push(...names.map((name) => ({ kind, name })))
  }
}

/** Ids of processes of another pid namespace mean nothing here: whoever is in that namespace can sweep. */
function tooFar(token: string): CleanupProblem {
  return { step: `sweep after the owner ${token}, which was in another pid namespace`, errno: 'EXDEV' }
}
