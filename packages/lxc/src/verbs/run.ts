import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Command, type DriverProcess, ExecdError, type RunOptions } from '@execd/core/driver'
import { findUser } from '@execd/linux/users'
import type { HookPrograms, RenderInput } from '../config/input.js'
import { environmentOf } from '../config/process.js'
import { renderConfig } from '../config/render.js'
import { countersScript, nodesScript, overlayScript, startHostScript } from '../config/scripts.js'
import { fileError, lxcError } from '../errors.js'
import { groupsBelowInit, placeOf } from '../host/cgroups.js'
import type { Host } from '../host/host.js'
import { discardGroups } from '../host/remove-groups.js'
import { removeLock } from '../host/run-dir.js'
import { prepareStdio } from '../io/stdio.js'
import type { DriverContext, LxcContainer } from './context.js'
import { policyFile } from './policy.js'
import {
  checkCwd,
  checkValues,
  createdDevices,
  existingPaths,
  layersOf,
  planBinds,
  prepareTargets,
} from './prepare.js'
import { Prestart } from './prestart.js'
import { startContainer } from './start.js'

/** Pipes that one start takes: three streams, the log, two of the prestart hook. */
export const FIFOS_PER_START = 6

/** File in a container's folder in which a hook notes the kernel parameter that it could not set. */
const FAILED_SYSCTL = 'failed-sysctl'

/** Another runtime may use the same id at the same time. */
function groupName({ state }: DriverContext, { id }: Command): string {
  return `${id}.${basename(state.dir)}`
}

function newContainer(context: DriverContext, command: Command, host: Host): LxcContainer {
  const parent = (command.cgroupParent ?? context.options.cgroupParent).replace(/^\//, '')
  const below = (path: string) => groupsBelowInit(host.layout, parent === '' ? path : `${parent}/${path}`)
  const own = context.options.cgroupParent.slice(1)
  const name = groupName(context, command)
  return {
    command,
    dir: `${context.state.dir}/${command.id}`,
    outer: below(name),
    payload: below(`${name}/payload`),
    monitor: groupsBelowInit(host.layout, `${own}/.monitor/${name}`),
    tool: null,
    process: null,
    cancelled: false,
    killed: false,
    paused: false,
    execOomKills: 0,
    execs: new Map(),
    gone: Promise.resolve(),
  }
}

function sharedNamespaces(context: DriverContext, { namespaces, network }: Command): RenderInput['shared'] {
  const ofContainer = (id: string, name: string): string => {
    const other = context.containers.get(id)?.process
    if (other == null)
      throw lxcError(
        'EXECD_NAMESPACE',
        `the container ${id}, whose namespace is to be shared, does not run`,
        { details: { path: `namespaces.${name}` } },
      )
    return `/proc/${other.pid}/ns/${name}`
  }
  const pathOf = (name: 'pid' | 'ipc' | 'uts'): string | null => {
    const choice = namespaces[name]
    if (typeof choice === 'string') return null
    return 'path' in choice ? choice.path : ofContainer(choice.container, name)
  }
  const net = network.container !== null ? ofContainer(network.container, 'net') : network.path
  return { pid: pathOf('pid'), ipc: pathOf('ipc'), uts: pathOf('uts'), net }
}

/** Writes the scripts that a container's hooks need; most need none. */
function writeHooks(
  container: LxcContainer,
  created: ReturnType<typeof createdDevices>,
  prestart: Prestart | null,
): HookPrograms {
  const { command, dir } = container
  const script = (name: string, text: string): string => {
    writeFileSync(`${dir}/${name}.sh`, text, { mode: 0o700 })
    return `${dir}/${name}.sh`
  }
  const { rootfs } = command
  if (rootfs.type === 'overlay') for (const name of ['root', 'layer']) mkdirSync(`${dir}/${name}`)
  const memory = container.payload.dirs.memory
  const sysctls = Object.entries(command.sysctl)
  if (command.domainname !== null) sysctls.push(['kernel.domainname', command.domainname])
  return {
    preMount:
      rootfs.type === 'overlay'
        ? script('pre-mount', overlayScript(rootfs, `${dir}/root`, `${dir}/layer`))
        : null,
    autodev: created.length > 0 ? script('autodev', nodesScript(created)) : null,
    startHost:
      prestart === null && sysctls.length === 0
        ? null
        : script('start-host', startHostScript({ sysctls, failed: `${dir}/${FAILED_SYSCTL}`, prestart })),
    stop:
      container.payload.version === 1 && command.resources.memory.limit !== null && memory !== undefined
        ? script('stop', countersScript(`${memory}/memory.oom_control`, `${dir}/oom_control`))
        : null,
  }
}

function inputFor(
  context: DriverContext,
  container: LxcContainer,
  host: Host,
  prestart: Prestart | null,
): RenderInput {
  const { command } = container
  checkValues(command)
  const layers = layersOf(command)
  checkCwd(command.process.cwd, layers)
  const user = findUser(command.process, layers, { driver: 'lxc', container: command.id })
  const binds = planBinds(command)
  const created = createdDevices(command)
  prepareTargets(command, layers, binds)
  const relative = (command.cgroupParent ?? context.options.cgroupParent).replace(/^\//, '')
  const below = (path: string): string => (relative === '' ? path : `${relative}/${path}`)
  const own = context.options.cgroupParent.slice(1)
  return {
    command,
    rootfs: command.rootfs.type === 'directory' ? command.rootfs.path : `${container.dir}/root`,
    rootMount: context.state.rootMount,
    createTargets: command.rootfs.type !== 'directory',
    user,
    environment: environmentOf(command.process, user),
    cgroup: {
      place: placeOf(host.layout),
      facts: host.facts,
      container: below(`${groupName(context, command)}/payload`),
      monitor: `${own}/.monitor/${groupName(context, command)}`,
      pivot: `${own}/.pivot`,
    },
    shared: sharedNamespaces(context, command),
    created,
    binds,
    masked: existingPaths(command.maskedPaths, layers),
    readonlyPaths: existingPaths(command.readonlyPaths, layers).map(({ path }) => path),
    seccomp: policyFile(context, command, host),
    apparmor: host.apparmor,
    capabilities: host.capabilities,
    hooks: writeHooks(container, created, prestart),
    raw: context.options.rawConfig,
  }
}

/** Host id of a user inside. */
function hostId(command: Command, uid: number): number {
  const { uidMappings } = command.namespaces
  if (uidMappings.length === 0) return uid
  const found = uidMappings.find((map) => uid >= map.containerID && uid < map.containerID + map.size)
  return found === undefined ? uid : found.hostID + uid - found.containerID
}

/** The verb `run`: see Driver in @execd/core. */
export async function run(
  context: DriverContext,
  command: Command,
  options: RunOptions,
): Promise<DriverProcess> {
  const [host, statuses] = await Promise.all([context.host(), context.ready()])
  const fifos = await context.fifos.take(FIFOS_PER_START)
  const container = newContainer(context, command, host)
  context.containers.set(command.id, container)
  let settled: () => void = () => {}
  container.gone = new Promise<void>((resolve) => {
    settled = resolve
  })
  let prestart: Prestart | null = null
  try {
    try {
      mkdirSync(container.dir, { mode: 0o711 }) // a user namespace must be able to pass
      prestart =
        options.callbacks.prestart === null
          ? null
          : new Prestart(fifos, command.id, options.callbacks.prestart)
      const input = inputFor(context, container, host, prestart)
      writeFileSync(`${container.dir}/config`, renderConfig(input), { mode: 0o600 })
      writeFileSync(
        `${container.dir}/cgroups`,
        `${input.cgroup.container.replace(/\/payload$/, '')}\n${input.cgroup.monitor}\n`,
      )
      const stdin = options.io.stdin.type === 'pipe' ? await context.stdins.take() : null
      const stdio = prepareStdio(
        { fifos, stdin },
        options.io,
        hostId(command, input.user.uid),
        `${container.dir}/stdin`,
      )
      statuses.expect(command.id)
      return await startContainer(context, container, {
        stdio,
        prestart,
        statuses,
        fifos,
        oom: options.callbacks.oom,
      })
    } catch (error) {
      throw sysctlError(container) ?? asStartError(error)
    }
  } catch (error) {
    statuses.forget(command.id)
    await discardGroups(container.outer)
    await discardGroups(container.monitor)
    removeLock(context.state.dir, command.id)
    rmSync(container.dir, { recursive: true, force: true })
    context.containers.delete(command.id)
    settled()
    throw error
  } finally {
    context.fifos.giveBack(fifos)
    prestart?.close()
    const { process } = container
    if (process !== null) void process.exited.then(settled)
  }
}

function sysctlError({ dir, command }: LxcContainer): Error | null {
  let text: string
  try {
    text = readFileSync(`${dir}/${FAILED_SYSCTL}`, 'utf8').trim()
  } catch {
    return null // nothing failed
  }
  const key = text.split('\n').at(-1) ?? ''
  return lxcError('EXECD_SYSCTL', `could not set the kernel parameter ${key}: ${text.split('\n')[0]}`, {
    details: {
      container: command.id,
      path: key === 'kernel.domainname' ? 'domainname' : `sysctl.${key}`,
      step: 'set a kernel parameter',
    },
  })
}

/** Errors of node:fs become typed; anything else, such as what a hook threw, stays as it is. */
function asStartError(error: unknown): unknown {
  if (ExecdError.is(error)) return error
  const syscall = typeof error === 'object' && error !== null && 'syscall' in error
  return syscall ? fileError('EXECD_START_FAILED', 'write the state of the container', error) : error
}
