import { type Command, resolveCommand } from '@execd/core/driver'
import type { CgroupPlace, LimitWrite } from '@execd/linux/cgroup'
import type { RootEntry } from '@execd/linux/rootfs'
import type { ContainerGroups } from '../../../dist/cgroup/container-groups.js'
import { cgroupSteps } from '../../../dist/cgroup/plan.js'
import type { HostFacts } from '../../../dist/host/facts.js'
import { PlanBuilder } from '../../../dist/isolation/builder.js'
import type { UserNamespace } from '../../../dist/isolation/id-map.js'
import type { RunPlanInput } from '../../../dist/isolation/run-plan.js'
import type { StepName } from '../../../dist/plan/ops.js'
import type { Step, StepOf } from '../../../dist/plan/steps.js'

/** A folder of the host's root; `mounted`: a file system of its own is mounted there, or some below it. */
export function folder(name: string, mounted: 'there' | 'below' | 'no' = 'no'): RootEntry {
  return {
    name,
    kind: 'directory',
    target: '',
    mountPoint: mounted === 'there',
    mountsBelow: mounted === 'below',
  }
}

/** A host whose root runs the driver. */
export const ROOT: HostFacts = {
  arch: 'x64',
  kernel: '6.8.0',
  euid: 0,
  egid: 0,
  privileged: true,
  capabilities: (1n << 41n) - 1n,
  shm: true,
  mqueue: true,
  cgroup: true,
  idMapTools: true,
  subuids: [],
  spareIds: { start: 0x2000_0000, count: 0x1_0000 },
  subgids: [],
  rootEntries: [
    { name: 'bin', kind: 'symlink', target: 'usr/bin', mountPoint: false, mountsBelow: false },
    ...['boot', 'etc', 'home', 'proc', 'root', 'usr'].map((name) => folder(name)),
  ],
  apparmor: false,
  selinux: false,
  possibleCpus: 2,
}

/** The same host, used by an ordinary user. */
export const USER: HostFacts = { ...ROOT, euid: 1000, egid: 1001, privileged: false, capabilities: 0n }

/** Ranges as newuidmap(1) maps them. */
export const RANGES: UserNamespace = {
  uid: [
    { containerID: 0, hostID: 1000, size: 1 },
    { containerID: 1, hostID: 100_000, size: 65_536 },
  ],
  gid: [
    { containerID: 0, hostID: 1001, size: 1 },
    { containerID: 1, hostID: 200_000, size: 65_536 },
  ],
  writer: 'helpers',
  denySetgroups: false,
}

/** The one own id, seen inside as 0. */
export const ONE_ID: UserNamespace = {
  uid: [{ containerID: 0, hostID: 1000, size: 1 }],
  gid: [{ containerID: 0, hostID: 1001, size: 1 }],
  writer: 'monitor',
  denySetgroups: true,
}

/** A command with defaults for what every one must have. */
export function commandOf(input: Readonly<Record<string, unknown>> = {}): Command {
  const { process = {}, ...rest } = input
  return resolveCommand({
    id: 'box',
    rootfs: '/srv/root',
    process: { args: ['true'], ...(process as object) },
    ...rest,
  })
}

export const V1: CgroupPlace = {
  version: 1,
  unavailable: {},
  parents: ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'].map((name) => ({
    controllers: [name],
    top: `/sys/fs/cgroup/${name}`,
    names: ['execd'],
  })),
}

export const V2: CgroupPlace = {
  version: 2,
  unavailable: {},
  parents: [
    { controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'], top: '/sys/fs/cgroup', names: ['execd'] },
  ],
}

/** The groups of a container "box" without limits but those given. */
export function groupsOf(place: CgroupPlace, writes: readonly LimitWrite[] = []): ContainerGroups {
  return { writes, ...cgroupSteps({ place, id: 'box', writes, cpusetChain: null, firstSlot: 0 }) }
}

/** What a run of a command is planned from: by root, without a cgroup, unless said otherwise. */
export function runInput(command: Command, more: Partial<RunPlanInput> = {}): RunPlanInput {
  return {
    command,
    host: ROOT,
    user: { user: { number: 0 }, group: { number: 0 } },
    userNamespace: null,
    cgroup: null,
    seccomp: null,
    devices: [],
    links: [],
    ownedStdio: [false, false, false],
    findPeer: () => undefined,
    sync: false,
    ...more,
  }
}

/** The steps that a function adds to a new builder. */
export function built(add: (builder: PlanBuilder) => void, label: string | null = null) {
  const builder = new PlanBuilder(0, label)
  add(builder)
  return builder.build([])
}

/** The steps of one name, in order. */
export function stepsNamed<N extends StepName>(steps: readonly Step[], name: N): Array<StepOf<N>> {
  return steps.filter((one) => one.name === name) as unknown as Array<StepOf<N>>
}

/** The one step of a name; fails when there is none or more than one. */
export function only<N extends StepName>(steps: readonly Step[], name: N): StepOf<N> {
  const found = stepsNamed(steps, name)
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} steps ${name}`)
  return found[0]
}

/** Where the first step that passes is; fails when none does. */
export function indexOf(steps: readonly Step[], passes: (one: Step) => boolean): number {
  const index = steps.findIndex(passes)
  if (index < 0) throw new Error('no such step')
  return index
}

/** Where the first step of a name is; fails when there is none. */
export function place(steps: readonly Step[], name: StepName): number {
  return indexOf(steps, (one) => one.name === name)
}
