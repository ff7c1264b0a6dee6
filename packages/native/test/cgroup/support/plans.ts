import { resolveResources } from '@execd/core/driver'
import { type CgroupFacts, type CgroupPlace, limitsFor } from '@execd/linux/cgroup'
import { cgroupSteps } from '../../../dist/cgroup/plan.js'
import type { Step } from '../../../dist/plan/steps.js'

export const facts: CgroupFacts = {
  files: new Set(['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes', 'memory.swap.max', 'memory.max']),
  swapAreas: false,
  hierarchical: true,
}
const NAMES = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']
export const v1: CgroupPlace = {
  version: 1,
  unavailable: {},
  parents: NAMES.map((name) => ({ controllers: [name], top: `/${name}`, names: ['execd'] })),
}
export const v2: CgroupPlace = {
  version: 2,
  unavailable: {},
  parents: [{ controllers: ['memory', 'pids', 'cpu'], top: '/cg', names: ['a', 'execd'] }],
}

export function steps(place: CgroupPlace, resources: object) {
  const { writes } = limitsFor(place, { resources: resolveResources(resources), devices: null, facts })
  const chain = [
    { dir: '/cpuset', cpus: '0-1', mems: '0' },
    { dir: '/cpuset/execd', cpus: '', mems: '' },
  ]
  return cgroupSteps({ place, id: 'box', writes, cpusetChain: chain, firstSlot: 4 })
}

/** A step in short, as a test reads it. */
export function brief(one: Step): string {
  const below = (dir = -1) => (dir < 0 ? '' : `${dir}:`)
  if (one.name === 'mkdir') return `mkdir${one.existOk ? '?' : ''} ${below(one.dir)}${one.file}`
  if (one.name === 'open') return `open ${one.slot} ${below(one.dir)}${one.path}`
  if (one.name === 'write') return `write ${below(one.dir)}${one.file} ${String(one.data)}`
  if (one.name === 'writeFd') return `join ${one.slot}`
  if (one.name === 'cgroupKill') return `kill ${one.dir}`
  if (one.name === 'rmdir') return `rmdir ${below(one.dir)}${one.file} if ${one.guard}`
  if (one.name === 'watchOom') return `watch ${one.slot}`
  if (one.name === 'read') return `read ${one.dir}:${one.file}`
  return one.name
}
