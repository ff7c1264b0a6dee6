import type { StepFields } from '../plan/fields.js'
import type { Step } from '../plan/steps.js'
import type { About, Plan } from './builder.js'

/** A step with what it is for. */
type AboutStep = readonly [about: About | null, step: Step]

/** What goes into a plan that is whole without it. */
export interface PlanParts {
  /** The monitor's first steps. */
  readonly first: readonly AboutStep[]
  /** How the child is made, beside how it is anyway. */
  readonly clone: Partial<StepFields['clone']>
  /** Steps of phases after the child was made. */
  readonly last: readonly AboutStep[]
}

/** Nothing to add. */
export const NO_PARTS: PlanParts = { first: [], clone: {}, last: [] }

/** Both, the first ones first. Pure. */
export function joinParts(one: PlanParts, other: PlanParts): PlanParts {
  return {
    first: [...one.first, ...other.first],
    clone: { ...one.clone, ...other.clone },
    last: [...one.last, ...other.last],
  }
}

/** The plan with parts added. Pure. */
export function extendPlan(plan: Plan, { first, clone, last }: PlanParts): Plan {
  const rest = plan.rest?.map((index) => index + first.length) ?? null
  const own = plan.steps.map((step): Step => (step.name === 'clone' ? { ...step, ...clone } : step))
  return {
    steps: [...first.map(([, step]) => step), ...own, ...last.map(([, step]) => step)],
    about: [...first.map(([about]) => about), ...plan.about, ...last.map(([about]) => about)],
    limits: plan.limits,
    rest: rest === null ? null : [rest[0] ?? 0, rest[1] ?? 0],
  }
}
