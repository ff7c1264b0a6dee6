import type { ProbeCheck } from '@execd/core/driver'
import type { CgroupFacts, CgroupLayout } from '../types.js'
import { parentDir } from './paths.js'
import type { CgroupsOfHost } from './read-layout.js'
import { noController } from './unavailable.js'

/** Controllers by what is lost without them; v1 name, v2 name (null: part of every v2 group). */
const CHECKS = [
  {
    name: 'memory',
    v1: 'memory',
    v2: 'memory',
    lost: 'no limits on memory, no peak, no word of out-of-memory kills',
  },
  { name: 'pids', v1: 'pids', v2: 'pids', lost: 'no limit on processes' },
  { name: 'cpu', v1: 'cpu', v2: 'cpu', lost: 'no limits on processor time' },
  { name: 'cpuset', v1: 'cpuset', v2: 'cpuset', lost: 'no choice of processors' },
  { name: 'io', v1: 'blkio', v2: 'io', lost: 'no limits on block devices' },
  { name: 'cpuacct', v1: 'cpuacct', v2: null, lost: 'no count of processor time for the whole container' },
  { name: 'freezer', v1: 'freezer', v2: null, lost: 'containers cannot be paused' },
  { name: 'devices', v1: 'devices', v2: null, lost: 'devices are not restricted by cgroup' },
] as const

/** What the host's cgroups allow, for `probe`. Pure. */
export function cgroupChecks({ layout, place, missing, facts }: CgroupsOfHost): ProbeCheck[] {
  if (place === null) {
    const why = missing ?? { reason: 'no cgroup can be made here', hint: 'run it as root' }
    return [{ name: 'cgroup', status: 'missing', required: false, ...why }]
  }
  const where = place.parents.map(parentDir).join(', ')
  const checks: ProbeCheck[] = [
    {
      name: 'cgroup',
      status: 'ok',
      required: false,
      reason: `${describeLayout(layout)}; containers go to ${where}`,
    },
  ]
  const controllers = new Set(place.parents.flatMap((parent) => parent.controllers))
  for (const { name, v1, v2, lost } of CHECKS) {
    const controller = place.version === 1 ? v1 : v2
    if (controller === null) continue
    const check = { name: `cgroup-${name}`, required: false }
    const why = place.unavailable[controller]
    if (controllers.has(controller))
      checks.push({ ...check, status: 'ok', reason: `the ${controller} controller can be used` })
    else if (why)
      checks.push({ ...check, status: 'missing', reason: `${why.reason}: ${lost}`, hint: why.hint })
    else {
      const { reason, hint } = noController(controller)
      checks.push({ ...check, status: 'missing', reason: `${reason}: ${lost}`, hint })
    }
  }
  if (controllers.has('memory')) checks.push(swapCheck(facts))
  return checks
}

function swapCheck(facts: CgroupFacts): ProbeCheck {
  const check = { name: 'cgroup-swap', required: false } as const
  if (facts.files.has('memory.memsw.limit_in_bytes') || facts.files.has('memory.swap.max')) {
    return { ...check, status: 'ok', reason: 'swap is counted by cgroup' }
  }
  const hint = 'boot with swapaccount=1'
  if (!facts.swapAreas) {
    return {
      ...check,
      status: 'degraded',
      reason: 'swap is not counted by cgroup, and no swap area is in use',
      hint,
    }
  }
  return {
    ...check,
    status: 'missing',
    reason: 'swap is in use and not counted by cgroup: limits on memory are refused',
    hint,
  }
}

/** The layout in words, such as "cgroup v2" or "cgroup v1 beside an empty v2 (hybrid)". Pure. */
export function describeLayout(layout: CgroupLayout): string {
  if (layout.version === null) return 'no cgroups'
  if (layout.version === 2) return 'cgroup v2'
  return layout.v2 === null ? 'cgroup v1' : 'cgroup v1 with a v2 hierarchy beside it (hybrid)'
}
