import { randomInt } from 'node:crypto'
import { resolveResources } from '@execd/core/driver'
import {
  type CgroupPlace,
  type CgroupsOfHost,
  type DeviceWish,
  deviceProgram,
  deviceRules,
  emptyGroups,
  type LimitWrite,
  limitsFor,
  parentDir,
  type ReportTexts,
  readCgroups,
  readCpusetChain,
  removeGroups,
  usageFromReport,
} from '@execd/linux/cgroup'
import { type CgroupSteps, cgroupSteps } from '../../../dist/cgroup/plan.js'
import { type Step, step } from '../../../dist/plan/steps.js'
import { plain } from '../../helper/container.js'
import { finish, type Helper, start } from '../../helper/harness.js'

/** The host's cgroups with a place of the test file's own, to be removed by `removeParent`. */
export async function testCgroups(): Promise<CgroupsOfHost & { readonly place: CgroupPlace }> {
  const cgroups = await readCgroups(`/execd-test-${process.pid}-${randomInt(1_000_000)}`)
  const { place } = cgroups
  if (place === null) throw new Error(`no place for cgroups: ${cgroups.missing?.reason}`)
  return { ...cgroups, place }
}

/** Removes the parent groups and whatever a failed test left in them. */
export async function removeParent({ version, parents }: CgroupPlace): Promise<void> {
  for (const parent of parents) {
    const dir = parentDir(parent)
    const paths = { version, dirs: { [version === 2 ? 'unified' : (parent.controllers[0] ?? '')]: dir } }
    await emptyGroups(paths, 2000)
    await removeGroups(paths, 2000)
  }
}

/** The steps of a group, and the limits that they write. */
export type TestSteps = CgroupSteps & { readonly writes: readonly LimitWrite[] }

/** The steps of a group with limits, as a command's `resources` says them; `devices` null: not restricted. */
export async function stepsFor(
  cgroups: CgroupsOfHost & { readonly place: CgroupPlace },
  id: string,
  resources: object,
  devices: readonly DeviceWish[] | null = null,
): Promise<TestSteps> {
  const { place, facts } = cgroups
  const rules = devices === null ? null : deviceRules(devices)
  const input = { resources: resolveResources(resources), devices: place.version === 1 ? rules : null, facts }
  const { writes, unsupported } = limitsFor(place, input)
  if (unsupported.length > 0) throw new Error(JSON.stringify(unsupported))
  const cpuset = place.parents.find((parent) => parent.controllers.includes('cpuset'))
  const cpusetChain = cpuset === undefined ? null : await readCpusetChain(cpuset)
  const steps = cgroupSteps({ place, id, writes, cpusetChain, firstSlot: FIRST_SLOT, killTimeoutMs: 5000 })
  const program = rules === null || place.version === 1 ? null : deviceProgram(rules)
  const attach = program === null ? [] : [step.deviceProgram({ phase: 'host', slot: FIRST_SLOT, program })]
  return { ...steps, host: [...steps.host, ...attach], writes }
}

const FIRST_SLOT = 10

/** A plan that runs a program of the host in the groups. */
export function planIn(steps: CgroupSteps, args: readonly string[]): Step[] {
  return [
    ...plain(args, { host: [...steps.host], end: [...steps.child], clone: { cgroupSlot: steps.cgroupSlot } }),
    ...steps.report,
    ...steps.cleanup,
  ]
}

/** Runs to the end and reads the usage. */
export async function runIn(steps: CgroupSteps, args: readonly string[]) {
  const done = await finish(planIn(steps, args))
  if (done.last?.type !== 'exited') throw new Error(`not exited: ${JSON.stringify(done.last)} ${done.stderr}`)
  const texts: Record<string, string | null> = {}
  for (const [index, read] of done.last.reads.entries()) {
    texts[steps.reportKeys[index] ?? ''] = read.errno === 0 ? Buffer.from(read.data).toString() : null
  }
  return {
    exited: done.last,
    stdout: done.stdout,
    stderr: done.stderr,
    texts,
    usage: usageFromReport(texts as ReportTexts),
  }
}

/** Starts and waits until the program has said "ready". */
export async function startIn(steps: CgroupSteps, args: readonly string[]): Promise<Helper> {
  const helper = start(planIn(steps, args))
  await helper.says('ready')
  return helper
}
