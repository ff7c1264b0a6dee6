import { mkdirSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from '@execd/core/driver'
import { isMapped } from '@execd/linux/rootless'
import { findUser } from '@execd/linux/users'
import { hostRootScript } from '../config/host-root.js'
import { usesInit } from '../config/init.js'
import type { HookPrograms, RenderInput } from '../config/input.js'
import { environmentOf } from '../config/process.js'
import { countersScript, nodesScript, overlayScript, startHostScript } from '../config/scripts.js'
import { lxcError, unsupported } from '../errors.js'
import { placeOf } from '../host/cgroups.js'
import type { Host } from '../host/host.js'
import { NO_GROUPS } from '../host/rootless.js'
import { isRoot } from '../host/user.js'
import type { DriverContext, LxcContainer, StatePaths } from './context.js'
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
import type { Prestart } from './prestart.js'

/** File in a container's folder in which a hook notes the kernel parameter that it could not set. */
export const FAILED_SYSCTL = 'failed-sysctl'

/** Another runtime may use the same id at the same time. */
export function groupName({ dir }: StatePaths, { id }: Command): string {
  return `${id}.${basename(dir)}`
}

function sharedNamespaces(context: DriverContext, { namespaces, network }: Command): RenderInput['shared'] {
  const ofContainer = (id: string, name: string): string => {
    const other = context.containers.get(id)
    if (other?.process == null)
      throw lxcError(
        'EXECD_NAMESPACE',
        `the container ${id}, whose namespace is to be shared, does not run`,
        { details: { path: `namespaces.${name}` } },
      )
    return `/proc/${other.first}/ns/${name}`
  }
  const pathOf = (name: 'pid' | 'ipc' | 'uts'): string | null => {
    const choice = namespaces[name]
    if (typeof choice === 'string') return null
    return 'path' in choice ? choice.path : ofContainer(choice.container, name)
  }
  const net = network.container !== null ? ofContainer(network.container, 'net') : network.path
  return { pid: pathOf('pid'), ipc: pathOf('ipc'), uts: pathOf('uts'), net }
}

/** What mounts the root at the folder `root` of the container's own; null for one that is there. */
function rootScriptOf({ command: { rootfs }, dir }: LxcContainer, host: Host): string | null {
  const places = { root: `${dir}/root`, scratch: `${dir}/layer` }
  if (rootfs.type === 'host') return hostRootScript(rootfs, host.rootEntries, places)
  return rootfs.type === 'overlay' ? overlayScript(rootfs, { ...places, rootless: !isRoot() }) : null
}

/** Writes the scripts that a container's hooks need; most need none. */
function writeHooks(
  container: LxcContainer,
  created: ReturnType<typeof createdDevices>,
  prestart: Prestart | null,
  host: Host,
): HookPrograms {
  const { command, dir } = container
  const script = (name: string, text: string): string => {
    writeFileSync(`${dir}/${name}.sh`, text, { mode: 0o700 })
    return `${dir}/${name}.sh`
  }
  const { rootfs } = command
  if (rootfs.type !== 'directory') for (const name of ['root', 'layer']) mkdirSync(`${dir}/${name}`)
  const rootScript = rootScriptOf(container, host)
  const memory = container.payload.dirs.memory
  const sysctls = Object.entries(command.sysctl)
  if (command.domainname !== null) sysctls.push(['kernel.domainname', command.domainname])
  return {
    preMount: rootScript === null ? null : script('pre-mount', rootScript),
    autodev: created.length > 0 ? script('autodev', nodesScript(created)) : null,
    startHost:
      prestart === null && sysctls.length === 0
        ? null
        : script(
            'start-host',
            startHostScript({ sysctls, failed: `${dir}/${FAILED_SYSCTL}`, prestart, rootless: !isRoot() }),
          ),
    stop:
      container.payload.version === 1 && command.resources.memory.limit !== null && memory !== undefined
        ? script('stop', countersScript(`${memory}/memory.oom_control`, `${dir}/oom_control`))
        : null,
  }
}

/** What a configuration depends on besides the command. */
export interface Surroundings {
  readonly host: Host
  readonly prestart: Prestart | null
  /** Slave of the terminal that is to show the container's console. */
  readonly console: string | null
}

/** Everything that the configuration is made of. Makes what must be there to mount on, and the hooks. */
export function inputFor(
  context: DriverContext,
  container: LxcContainer,
  { host, prestart, console }: Surroundings,
): RenderInput {
  const { command } = container
  checkValues(command)
  const layers = layersOf(command)
  checkCwd(command.process.cwd, layers)
  const user = findUser(command.process, layers, { driver: 'lxc', container: command.id })
  checkMapped(command, user)
  const binds = planBinds(command)
  const created = createdDevices(command)
  prepareTargets(command, layers, binds)
  const relative = (command.cgroupParent ?? context.options.cgroupParent).replace(/^\//, '')
  const below = (path: string): string => (relative === '' ? path : `${relative}/${path}`)
  const own = context.options.cgroupParent.slice(1)
  return {
    command,
    console,
    init: usesInit(command) ? host.init : null,
    rootfs: command.rootfs.type === 'directory' ? command.rootfs.path : `${container.dir}/root`,
    rootMount: container.state.rootMount,
    createTargets: command.rootfs.type !== 'directory',
    user,
    environment: environmentOf(command.process, user),
    cgroup: {
      place: placeOf(host),
      facts: host.facts,
      container: below(`${groupName(container.state, command)}/payload`),
      inner: container.payload.version === 2 ? 'init' : null,
      monitor: `${own}/.monitor/${groupName(container.state, command)}`,
      pivot: `${own}/.pivot`,
    },
    shared: sharedNamespaces(context, command),
    created,
    binds,
    masked: existingPaths(command.maskedPaths, layers),
    readonlyPaths: existingPaths(command.readonlyPaths, layers).map(({ path }) => path),
    seccomp: policyFile(context, container, host),
    apparmor: host.apparmor,
    rootless: host.user !== null,
    capabilities: host.capabilities,
    hooks: writeHooks(container, created, prestart, host),
    raw: context.options.rawConfig,
  }
}

/** Ids that a process is to have must be mapped, and be no groups beside the first. Throws EXECD_NAMESPACE, EXECD_UNSUPPORTED. */
export function checkMapped(
  { id, namespaces }: Command,
  { uid, gid, groups }: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] },
): void {
  const { uidMappings, gidMappings } = namespaces
  if (uidMappings.length === 0) return
  if (groups.some((group) => group !== gid))
    throw unsupported('process.additionalGroups', NO_GROUPS.reason, NO_GROUPS.hint)
  const [field, missing] = isMapped(uidMappings, uid) ? ['group', gid] : ['user', uid]
  if (field === 'group' && isMapped(gidMappings, gid)) return
  throw lxcError(
    'EXECD_NAMESPACE',
    `the ${field} ${missing} is not mapped in the user namespace of the container`,
    {
      hint: 'choose one that is, or map more ids (namespaces.uidMappings, gidMappings, /etc/subuid, /etc/subgid)',
      details: { container: id, path: 'process.user' },
    },
  )
}

/** Host id of a user, or a group, inside. */
export function hostId(
  { namespaces }: Command,
  id: number,
  kind: 'uidMappings' | 'gidMappings' = 'uidMappings',
): number {
  const found = namespaces[kind].find((map) => id >= map.containerID && id < map.containerID + map.size)
  return found === undefined ? id : found.hostID + id - found.containerID
}
