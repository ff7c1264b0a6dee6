import type { Resources } from '@execd/core/driver'
import { NO_UNIFIED, noController } from '../layout/unavailable.js'
import type { CgroupFacts, CgroupPlace, Limits, LimitWrite, UnsupportedField } from '../types.js'
import type { DeviceRule } from './device-rules.js'
import { cpuAndPidsV1, devicesV1, memoryV1 } from './limits-v1.js'
import { blockIOV1 } from './limits-v1-block.js'
import { limitsV2 } from './limits-v2.js'

/** What limits are decided from. */
export interface LimitsInput {
  readonly resources: Resources
  /** Null: devices are not restricted by the v1 controller (v2 does it by a program, a user namespace by ownership). */
  readonly devices: readonly DeviceRule[] | null
  readonly facts: CgroupFacts
}

/** What one group of fields comes to. */
export interface PartOfLimits {
  readonly writes: readonly LimitWrite[]
  readonly unsupported?: readonly UnsupportedField[]
}

/** The limits of a command as files and values, for the hierarchy version of the place. Pure. */
export function limitsFor(place: CgroupPlace, input: LimitsInput): Limits {
  const { resources, facts, devices } = input
  const parts: PartOfLimits[] =
    place.version === 2
      ? [limitsV2(resources, facts)]
      : [
          memoryV1(resources.memory, facts),
          cpuAndPidsV1(resources),
          blockIOV1(resources.blockIO, facts),
          devicesV1(devices),
          unifiedOnV1(resources),
        ]
  const wanted = parts.flatMap((part) => part.writes)
  const unsupported = parts.flatMap((part) => part.unsupported ?? [])
  const writes = wanted.filter((write) => {
    const problem = whyNot(place, facts, write)
    if (problem !== null) unsupported.push(problem)
    return problem === null
  })
  return { writes, unsupported }
}

/** Controllers that the writes need. */
export function controllersOf(writes: readonly LimitWrite[]): Set<string> {
  return new Set(writes.map((write) => write.controller))
}

function whyNot(place: CgroupPlace, facts: CgroupFacts, write: LimitWrite): UnsupportedField | null {
  const { controller, field, file } = write
  if (!place.parents.some((parent) => parent.controllers.includes(controller))) {
    return { field, ...(place.unavailable[controller] ?? noController(controller)) }
  }
  // Of a controller that is not switched on there yet no file is known: nothing can be said.
  if (facts.files.has(file) || !knownControllers(facts).has(controller)) return null
  return {
    field,
    reason: `this kernel's ${controller} controller has no ${file}`,
    hint: 'leave it out, or use a newer kernel',
  }
}

const known = new WeakMap<CgroupFacts, ReadonlySet<string>>()

/** Controllers of which files are known; worked out once, since every start asks. */
function knownControllers(facts: CgroupFacts): ReadonlySet<string> {
  const before = known.get(facts)
  if (before !== undefined) return before
  const controllers = new Set([...facts.files].map((name) => name.slice(0, name.indexOf('.'))))
  known.set(facts, controllers)
  return controllers
}

function unifiedOnV1(resources: Resources): PartOfLimits {
  const asked = Object.keys(resources.unified).length > 0
  return { writes: [], unsupported: asked ? [{ field: 'resources.unified', ...NO_UNIFIED }] : [] }
}
