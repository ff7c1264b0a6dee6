import { randomBytes } from 'node:crypto'
import { type Command, parseMountOptions } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { Plan } from '../isolation/builder.js'
import { environmentStep, execStep } from '../isolation/process.js'
import type { Step } from '../plan/steps.js'
import { PlanTemplate } from '../plan/template.js'
import { Shape, sourcesOf, splitPlan } from '../pool/shape.js'
import type { PooledStart, StartPlan, StartWishes } from './start-plan.js'

/** An id from here on is long enough that a stand-in for it occurs nowhere by chance. */
const SHORTEST_ID = 12
/** A longer one would be cut where it is the host name. */
const LONGEST_ID = 64
/** How many templates are kept. */
const MOST = 16

/**
 * Whether the plan depends on nothing but the command: not on what the host has at the moment, not on other containers, and on nothing that is new each time.
 * Pure.
 */
export function isRepeatable(command: Command): boolean {
  const { id, namespaces, network, resources, devices, mounts } = command
  return (
    Object.isFrozen(command) && // what is frozen through and through, as core's commands are, is the same as long as it is the same object
    id.length >= SHORTEST_ID &&
    id.length <= LONGEST_ID &&
    (network.mode === 'none' || network.mode === 'host') &&
    [namespaces.pid, namespaces.ipc, namespaces.uts].every((choice) => typeof choice === 'string') &&
    command.cgroupParent === null &&
    resources.cpu.cpusetCpus === null &&
    resources.cpu.cpusetMems === null &&
    !command.process.privileged &&
    devices.created.every((device) => device.type !== null) &&
    mounts.every((mount) => mount.type !== 'bind' || isPrivate(mount))
  )
}

function isPrivate({ type, options }: Command['mounts'][number]): boolean {
  return parseMountOptions(type, options).options.propagation.endsWith('private')
}

/** A name of the same length that is nowhere else. */
export function standInFor(id: string): string {
  return randomBytes(Math.ceil(id.length / 2))
    .toString('hex')
    .slice(0, id.length)
}

type Known = Omit<StartPlan, 'plan' | 'encode' | 'pooled'> & { readonly plan: Plan }

interface PooledTemplate {
  startOf(id: string, process: Command['process']): PooledStart
}

/** How the start goes on in a prepared container; null when none can be prepared for it. */
function pooledTemplate(command: Command, standIn: string, { plan, cgroups }: Known): PooledTemplate | null {
  const split = splitPlan(plan)
  const sources = sourcesOf(command)
  if (split === null || sources === null) return null
  const whole = new PlanTemplate(split.prefix.steps, standIn, [])
  const shape = new Shape(sources, {
    prefix: (name) => ({ ...split.prefix, steps: whole.steps(name, NOTHING_GIVEN) }),
    groups: (name) => renamedGroups(cgroups, standIn, name),
  })
  const { steps, about, limits } = split.rest
  const environmentAt = steps.findIndex(({ name }) => name === 'env')
  const execAt = steps.findIndex(({ name }) => name === 'exec')
  const rest = new PlanTemplate(steps, standIn, [environmentAt, execAt])
  return {
    startOf(id, process) {
      const given = new Map<number, Step>([
        [environmentAt, environmentStep(process)],
        [execAt, execStep(process)],
      ])
      return {
        shape,
        prefixSteps: split.prefix.steps.length,
        encode: () => rest.encode(id, given),
        plan: (name) => {
          const prefix = shape.plan(name)
          return {
            steps: [...prefix.steps, ...rest.steps(id, given)],
            about: [...prefix.about, ...about],
            limits,
          }
        },
      }
    },
  }
}

const NOTHING_GIVEN: ReadonlyMap<number, Step> = new Map()

/** What was decided about the start of a command, for those that differ in id, labels, arguments and environment only. */
export class StartTemplate {
  readonly #command: Command
  readonly #standIn: string
  readonly #wishes: StartWishes
  readonly #known: Known
  readonly #environmentAt: number
  readonly #execAt: number
  readonly #plan: PlanTemplate
  readonly #pooled: PooledTemplate | null

  /** `pooled`: starts may use prepared containers. */
  constructor(command: Command, standIn: string, wishes: StartWishes, known: Known, pooled = false) {
    this.#command = command
    this.#standIn = standIn
    this.#wishes = wishes
    this.#known = known
    const { steps } = known.plan
    this.#environmentAt = steps.findIndex(({ name }) => name === 'env')
    this.#execAt = steps.findIndex(({ name }) => name === 'exec')
    this.#plan = new PlanTemplate(steps, standIn, [this.#environmentAt, this.#execAt])
    this.#pooled = pooled ? pooledTemplate(command, standIn, known) : null
  }

  /** Whether the start of this command is one of these. */
  covers(command: Command, wishes: StartWishes): boolean {
    return (
      !wishes.prestart &&
      wishes.outputs.length === 0 &&
      wishes.folder === null &&
      wishes.tag === this.#wishes.tag &&
      wishes.ownedStdio.every((own, fd) => own === this.#wishes.ownedStdio[fd]) &&
      this.#plan.fits(command.id) &&
      isSameBut(command, this.#command, VARYING) &&
      isSameBut(command.process, this.#command.process, VARYING_OF_PROCESS)
    )
  }

  startOf({ id, process }: Command): StartPlan {
    const given = new Map<number, Step>([
      [this.#environmentAt, environmentStep(process)],
      [this.#execAt, execStep(process)],
    ])
    const { about, limits } = this.#known.plan
    return {
      ...this.#known,
      cgroups: renamedGroups(this.#known.cgroups, this.#standIn, id),
      plan: () => ({ steps: this.#plan.steps(id, given), about, limits }),
      encode: () => this.#plan.encode(id, given),
      pooled: this.#pooled?.startOf(id, process) ?? null,
    }
  }
}

function renamedGroups(paths: CgroupPaths | null, standIn: string, id: string): CgroupPaths | null {
  if (paths === null) return null
  const renamed = (dir: string): string => dir.replaceAll(standIn, id)
  const dirs = Object.fromEntries(Object.entries(paths.dirs).map(([key, dir]) => [key, renamed(dir)]))
  return paths.late === undefined ? { ...paths, dirs } : { ...paths, dirs, late: paths.late.map(renamed) }
}

const VARYING: ReadonlySet<string> = new Set(['id', 'labels', 'process'])
const VARYING_OF_PROCESS: ReadonlySet<string> = new Set(['args', 'env'])

function isSameBut<T extends object>(one: T, other: T, varying: ReadonlySet<string>): boolean {
  return (Object.keys(one) as Array<keyof T & string>).every(
    (key) => varying.has(key) || one[key] === other[key],
  )
}

/** The templates of a driver, the latest first. */
export class StartTemplates {
  readonly #templates: StartTemplate[] = []

  recall(command: Command, wishes: StartWishes): StartPlan | null {
    const index = this.#templates.findIndex((template) => template.covers(command, wishes))
    const found = this.#templates[index]
    if (found === undefined) return null
    if (index > 0) this.#templates.unshift(...this.#templates.splice(index, 1))
    return found.startOf(command)
  }

  remember(template: StartTemplate): void {
    this.#templates.unshift(template)
    this.#templates.length = Math.min(this.#templates.length, MOST)
  }
}
