import { randomBytes } from 'node:crypto'
import { type Command, ExecdError, type ProcessIO } from '@execd/core/driver'
import type { CgroupPaths, ReportKey } from '@execd/linux/cgroup'
import type { Plan } from '../isolation/builder.js'
import type { UserNamespace } from '../isolation/id-map.js'
import type { Link } from '../network/links.js'
import { stepName } from '../process/exit-status.js'
import { ContainerFolder } from '../state/container-folder.js'
import { stateText } from '../state/container-state.js'
import type { DriverState } from '../state/driver-state.js'
import { tagText } from '../state/tags.js'

/** What a plan says of itself, to be written down. */
export interface Planned {
  readonly plan: () => Plan
  readonly cgroups: CgroupPaths | null
  readonly userNamespace: UserNamespace | null
  readonly links: readonly Link[]
  readonly reportKeys: readonly ReportKey[]
}

/** A detached container before its start: its name among others, and then its folder. */
export class DetachedStart {
  readonly #state: DriverState
  readonly #nonce = randomBytes(8).toString('hex')
  /** What its groups are tagged with. */
  readonly tag = tagText({ detached: this.#nonce })
  /** Where its folder will be. */
  readonly path: string

  /** Throws EXECD_HOST when nothing can be written down. */
  constructor(state: DriverState, id: string) {
    this.#state = state
    this.path = `${state.root.path}/containers/${id}`
  }

  /** Writes it down, owned by this process. Throws EXECD_ID_IN_USE. */
  write(command: Command, io: ProcessIO, planned: Planned): ContainerFolder {
    const { root, sys, owner } = this.#state
    const { cgroups, userNamespace, links, reportKeys } = planned
    const plan = planned.plan()
    const named = plan.steps.flatMap(({ phase, name }, index) =>
      phase === 'cleanup' || name === 'log' || name === 'init' ? [[index, stepName(plan, index)]] : [],
    )
    const text = stateText({
      nonce: this.#nonce,
      command,
      io,
      startedAt: Date.now(),
      cgroups,
      userNamespace,
      links: links.map(({ outerName }) => outerName),
      reportKeys,
      steps: Object.fromEntries(named),
    })
    const folder = ContainerFolder.create(root, sys, owner.token, command.id, text)
    if (folder !== null) return folder
    throw new ExecdError('EXECD_ID_IN_USE', `a detached container has the id ${command.id}`, {
      hint: 'recover({ ids }) takes it over when no living process owns it; detached() tells',
      details: { driver: 'native', container: command.id },
    })
  }
}
