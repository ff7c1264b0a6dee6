import {
  containerPaths,
  controllersOf,
  enableText,
  execLeaf,
  execPaths,
  joinPath,
  MIRRORED_FILES,
  parentDir,
  REPORT_FILES_V2,
} from '@execd/linux/cgroup'
import { type Step, step } from '../plan/steps.js'
import {
  type GroupPlan,
  makeGroup,
  makeParent,
  openGroup,
  type ReportRead,
  writeLimit,
} from './group-plan.js'
import { INIT_LEAF } from './init-leaf.js'
import type { CgroupStepsInput, ExecCgroupStepsInput } from './plan.js'

/** Controllers that every container has, where the place offers them. */
const ALWAYS_V2: readonly string[] = ['memory', 'pids']

/**
 * v2: the container's group holds the limits; processes are only in groups below it ("no internal process" rule), which have
 * the controllers that are counted by process tree. The limits that programs look for in their own group are repeated there.
 */
export function planV2(input: CgroupStepsInput): GroupPlan {
  const parent = input.place.parents[0]
  if (parent === undefined) throw new Error('a place on cgroup v2 has one parent')
  const offered = new Set(parent.controllers)
  const always = ALWAYS_V2.filter((controller) => offered.has(controller))
  const needed = new Set([...always, ...controllersOf(input.writes)])
  const mirrored = input.writes.filter((write) => MIRRORED_FILES.has(write.file))
  const below = new Set([...always, ...controllersOf(mirrored)])
  const group = input.firstSlot
  const leaf = group + 1
  const one = { parent: group + 2, name: input.id, slot: group }
  const paths = containerPaths(input.place, input.id, needed)
  const dir = paths.dirs.unified ?? ''

  const host: Step[] = [...enable(parent.top, needed)]
  for (const [index] of parent.names.entries()) {
    const made = joinPath(parent.top, ...parent.names.slice(0, index + 1))
    host.push(makeParent(made), ...enable(made, needed))
  }
  host.push(
    openGroup(parentDir(parent), one.parent),
    ...makeGroup(one, input.tag),
    ...input.writes.map((write) => writeLimit(group, write)),
    ...enable(dir, below),
  )
  host.push(
    ...makeGroup({ parent: group, name: INIT_LEAF, slot: leaf }),
    ...mirrored.map((write) => writeLimit(leaf, write)),
  )

  // the container's own verdict is about its first process and what that started: execs have theirs
  const reads = reportReads(group, offered, `${INIT_LEAF}/`)
  // Before 6.11 a refused fork counts in the group of the process, after that in the one whose limit it was.
  if (offered.has('pids'))
    reads.push({ key: 'pidsLeafEvents', slot: group, file: `${INIT_LEAF}/pids.events` })
  return {
    version: 2,
    host,
    child: [],
    reads,
    made: [one],
    watchSlot: offered.has('memory') ? group : null,
    killSlot: group,
    cgroupSlot: leaf,
    nextSlot: one.parent + 1,
    paths,
  }
}

/**
 * v2: one more group below the container's, which passes the controllers of the exec's limits on. The container's own limits are repeated in it, where
 * the exec has none of that kind.
 */
export function planV2Exec(input: ExecCgroupStepsInput): GroupPlan {
  const { writes } = input
  const paths = execPaths(input.container, input.execId)
  const slot = input.firstSlot
  const one = { parent: slot + 1, name: execLeaf(input.execId), slot }
  const dir = input.container.dirs.unified ?? ''
  const repeated = input.mirrored.filter(({ file }) => !writes.some((write) => write.file === file))
  const host = [
    ...downTo(input.container.top ?? dir, dir).flatMap((one) => enable(one, controllersOf(writes))),
    openGroup(dir, one.parent),
    ...makeGroup(one, input.tag),
    ...[...repeated, ...writes].map((write) => writeLimit(slot, write)),
  ]
  const reads = reportReads(slot, new Set(ALWAYS_V2))
  return {
    version: 2,
    host,
    child: [],
    reads,
    made: [one],
    watchSlot: slot,
    killSlot: slot,
    cgroupSlot: slot,
    nextSlot: one.parent + 1,
    paths,
  }
}

function enable(dir: string, controllers: ReadonlySet<string>): Step[] {
  if (controllers.size === 0) return []
  const file = joinPath(dir, 'cgroup.subtree_control')
  return [step.write({ phase: 'host', dir: -1, file, data: enableText(controllers) })]
}

/** The groups from `top` down to `dir`, both included. */
function downTo(top: string, dir: string): string[] {
  if (!dir.startsWith(`${top}/`)) return [dir]
  const names = dir.slice(top.length + 1).split('/')
  return [top, ...names.map((_, index) => joinPath(top, ...names.slice(0, index + 1)))]
}

/** `own`: where, below the group, the events of the process's own tree are counted. */
function reportReads(slot: number, offered: ReadonlySet<string>, own = ''): ReportRead[] {
  return Object.entries(REPORT_FILES_V2)
    .filter(([controller]) => controller === '' || offered.has(controller))
    .flatMap(([, files]) => files)
    .map(({ key, file }) => ({ key, slot, file: key === 'memoryEvents' ? `${own}${file}` : file }))
}
