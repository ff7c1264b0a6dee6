import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import {
  type CleanupProblem,
  type DriverProcess,
  type ExecOptions,
  type ExitStatus,
  lostStatus,
  type ProcessSpec,
  type Resources,
} from '@execd/core/driver'
import { type CgroupPaths, emptyGroups, limitsFor, removeGroups } from '@execd/linux/cgroup'
import { errnoOf } from '@execd/linux/errno'
import { fileError, ociError } from '../errors.js'
import { type RootView, viewOf } from '../host/root-view.js'
import type { KeeperOutcome } from '../keeper/keeper.js'
import { execLine, FILES } from '../runtime/command-lines.js'
import { toJson } from '../spec/json.js'
import { hostUser } from '../spec/namespaces.js'
import { toOciProcess } from '../spec/process.js'
import { checkCwd, givenCapabilities } from './checks.js'
import { type DriverContext, type OciContainer, runningContainer } from './context.js'
import { exitStatus, reportFiles } from './exit-status.js'
import { makeExecGroups } from './groups.js'
import { KeptProcess } from './kept-process.js'
import { environmentLines, hiddenFromCrun, ownMounts } from './prepare.js'
import { type Preparation, startProcess } from './start.js'
import { userIn } from './user.js'

const SIGKILL = 9
const TIMEOUT_MS = 10_000
const DEFAULT_SIZE = { height: 24, width: 80 }

/** The groups of an exec, as those of its container. */
function groupsOfExec(groups: CgroupPaths, name: string): CgroupPaths {
  const dirs = Object.fromEntries(Object.entries(groups.dirs).map(([key, dir]) => [key, `${dir}/${name}`]))
  return { ...groups, dirs }
}

/** Limits of the exec alone. Throws EXECD_LIMIT. */
function writeLimits(groups: CgroupPaths, writes: ReturnType<typeof limitsFor>['writes'], id: string): void {
  for (const { controller, file, data, field } of writes) {
    try {
      writeFileSync(`${groups.dirs[controller] ?? ''}/${file}`, data)
    } catch (error) {
      throw ociError('EXECD_LIMIT', `the kernel refused ${field}: ${data} (${errnoOf(error)})`, {
        details: { path: field, got: data, errno: errnoOf(error), container: id, step: `write ${file}` },
        cause: error,
      })
    }
  }
}

/** The verb `exec`: see Driver in @execd/core. */
export async function exec(
  context: DriverContext,
  id: string,
  execId: string,
  process: ProcessSpec,
  options: ExecOptions,
): Promise<DriverProcess> {
  const container = runningContainer(context, id)
  const name = `exec-${randomBytes(4).toString('hex')}`
  const dir = `${container.dir}/${name}`
  const groups = container.groups === null ? null : groupsOfExec(container.groups, name)
  const groupDirs = groups === null ? [] : container.groupDirs.map((parent) => `${parent}/${name}`)
  try {
    return await start(context, container, { execId, process, name, dir, groups, groupDirs, options })
  } catch (error) {
    await endExecGroups(groups, groupDirs)
    rmSync(dir, { recursive: true, force: true })
    throw error
  }
}

/** What its keeper does, where that is lost or was never there. */
async function endExecGroups(groups: CgroupPaths | null, dirs: readonly string[]): Promise<CleanupProblem[]> {
  if (groups === null) return []
  await emptyGroups(groups, TIMEOUT_MS).catch(() => {}) // told by what cannot be removed
  return removeGroups(
    { version: groups.version, dirs: Object.fromEntries(dirs.map((dir) => [dir, dir])) },
    TIMEOUT_MS,
  )
}

async function limitExec(
  context: DriverContext,
  groups: CgroupPaths,
  resources: Resources,
  id: string,
): Promise<void> {
  const { host } = await context.ready()
  const { place, facts } = host.cgroups
  if (place !== null) writeLimits(groups, limitsFor(place, { resources, devices: null, facts }).writes, id)
}

/** Looks at what the process depends on, and writes it for the runtime. */
async function prepareExec(
  context: DriverContext,
  { command, process: first, idMaps }: OciContainer,
  process: ProcessSpec,
  dir: string,
): Promise<{ readonly view: RootView; readonly owner: number }> {
  const root = `/proc/${first?.pid ?? 0}/root`
  // what is mounted is there already
  const view = viewOf({ ...command, mounts: [] }, [root])
  checkCwd(view, process.cwd)
  const { host } = await context.ready()
  const user = userIn(process, [root])
  const spec = toOciProcess(process, {
    user,
    capabilities: givenCapabilities(process, host, idMaps !== null),
  })
  try {
    writeFileSync(`${dir}/${FILES.process}`, toJson(spec), { mode: 0o600 })
  } catch (error) {
    throw fileError('EXECD_START_FAILED', 'write the process', error)
  }
  return { view, owner: hostUser(idMaps, user.uid) }
}

interface ExecParts {
  readonly execId: string
  readonly process: ProcessSpec
  readonly name: string
  readonly dir: string
  readonly groups: CgroupPaths | null
  readonly groupDirs: readonly string[]
  readonly options: ExecOptions
}

/** Fills the folder of the exec and makes its groups. */
async function prepareStart(
  context: DriverContext,
  container: OciContainer,
  parts: ExecParts,
): Promise<Preparation> {
  const { execId, process, dir, name, groups, groupDirs, options } = parts
  const { runtime, command } = container
  const { view, owner } = await prepareExec(context, container, process, dir)
  if (groups !== null) makeExecGroups(container.groupDirs, name)
  if (groups !== null && options.resources !== null)
    await limitExec(context, groups, options.resources, command.id)
  const { host } = await context.ready()
  const hidden = hiddenFromCrun(runtime, host, dir)
  const memory = groups?.dirs[groups.version === 2 ? 'unified' : 'memory']
  const bundle = { dir: container.dir, cgroups: groups !== null }
  const group = groups === null ? null : name
  const plan = {
    dir,
    listen: null,
    hold: false,
    owner,
    size: process.terminal ? (process.consoleSize ?? DEFAULT_SIZE) : null,
    mounts: ownMounts(runtime, hidden, false),
    create: execLine(runtime, bundle, { dir, terminal: process.terminal, group }),
    start: null,
    finish: [],
    environment: environmentLines(context.options.toolPath),
    writes: [],
    groups: groupDirs,
    counters: [...reportFiles(groups).keys()],
    oom: memory === undefined || groups === null ? null : { dir: memory, version: groups.version },
    remove: [dir],
    prune: [],
  }
  const program = process.args[0] ?? ''
  return {
    plan,
    subject: { container: command.id, exec: execId, program, path: process.env.PATH, view },
  }
}

async function start(
  context: DriverContext,
  container: OciContainer,
  parts: ExecParts,
): Promise<KeptProcess> {
  const { execId, process, dir, groups, groupDirs, options } = parts
  const startedAt = performance.now()
  const prepare = () => prepareStart(context, container, parts)
  const { keeper, identity, streams } = await startProcess(dir, options.io, process.terminal, prepare, {
    keeper: () => {},
    prestart: null,
    oom: options.oom,
  })
  const running = new KeptProcess(keeper, identity, streams, groups, async (self) => {
    const outcome = await keeper.outcome
    const status = await execEnd(container, self, outcome, performance.now() - startedAt, groupDirs)
    rmSync(dir, { recursive: true, force: true })
    container.execs.delete(execId)
    keeper.release()
    return status
  })
  container.execs.set(execId, running)
  return running
}

async function execEnd(
  container: OciContainer,
  process: KeptProcess,
  outcome: KeeperOutcome,
  wall: number,
  groupDirs: readonly string[],
): Promise<ExitStatus> {
  const status =
    outcome?.type === 'ended'
      ? exitStatus(outcome, {
          groups: process.groups,
          wall,
          killed: process.sent.has(SIGKILL) || container.killed || container.process === null,
          otherKills: 0,
        })
      : lostStatus(wall, await endExecGroups(process.groups, groupDirs))
  container.execOomKills += status.oom?.kills ?? 0
  return status
}
