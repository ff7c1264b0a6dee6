import { writeFileSync } from 'node:fs'
import { type Command, parseMountOptions, type RunOptions } from '@execd/core/driver'
import { fileError, unsupported } from '../errors.js'
import type { Host } from '../host/host.js'
import { type RootView, viewOf } from '../host/root-view.js'
import type { KeeperMount, KeeperPlan } from '../keeper/plan.js'
import { type Bundle, createLine, deleteLine, FILES, startLine } from '../runtime/command-lines.js'
import type { Runtime } from '../runtime/find-runtime.js'
import { toolEnvironment } from '../runtime/run-tool.js'
import { toJson } from '../spec/json.js'
import { givenIdMaps, hostUser } from '../spec/namespaces.js'
import { toOciSpec } from '../spec/to-oci-spec.js'
import { CONTROL } from '../state/container-state.js'
import { checkCwd, checkSources, createdDevices, givenCapabilities, sharedNamespaces } from './checks.js'
import type { DriverContext, OciContainer, Ready } from './context.js'
import { reportFiles } from './exit-status.js'
import type { ContainerGroups } from './groups.js'
import { type PlannedRoot, planRoot } from './root.js'
import { plantTmpfs } from './tmpfs.js'
import { userIn } from './user.js'

const MS_BIND = 4096
const DEFAULT_SIZE = { height: 24, width: 80 }
const TUN = { major: 10, minor: 200 }

/** A bundle that is written, and what is to be done with it. */
export interface PreparedContainer {
  readonly plan: Omit<KeeperPlan, 'stdio'>
  readonly view: RootView
}

/**
 * crun 1.8 refuses to run where a controller is in the v2 hierarchy of a hybrid layout. It looks at one file only, which is covered by an empty one in a mount
 * namespace of its own.
 */
export function hiddenFromCrun(runtime: Runtime, host: Host, dir: string): KeeperMount[] {
  const { version, v2 } = host.cgroups.layout
  if (runtime.kind !== 'crun' || version !== 1 || v2 === null || v2.controllers.length === 0) return []
  const source = `${dir}/empty`
  writeFileSync(source, '', { mode: 0o600 })
  return [{ type: 'none', source, target: `${v2.mountPoint}/cgroup.controllers`, flags: MS_BIND, data: '' }]
}

const sharesWithHost = (mount: Command['mounts'][number]): boolean =>
  parseMountOptions(mount.type, mount.options).options.propagation.endsWith('shared')

/**
 * runc binds its own program into its state folder for a moment, and would leave that mount on the host if it were killed then; so it runs in a mount namespace of its
 * own, unless a mount of the container is to reach the host.
 */
export function ownMounts(
  runtime: Runtime,
  made: readonly KeeperMount[],
  shared: boolean,
): KeeperPlan['mounts'] {
  const wanted = made.length > 0 || (runtime.kind !== 'crun' && !shared)
  return wanted ? { hidden: [], made } : null
}

function mountsFor(
  runtime: Runtime,
  command: Command,
  root: PlannedRoot,
  hidden: readonly KeeperMount[],
  tmpfs: readonly KeeperMount[],
): KeeperPlan['mounts'] {
  const made = [...hidden, ...root.mounts, ...tmpfs]
  const shared = command.mounts.findIndex(sharesWithHost)
  if (made.length > 0 && shared >= 0)
    throw unsupported(
      `mounts[${shared}].options`,
      'the runtime has a mount namespace of its own here, out of which no mount reaches the host',
      hidden.length > 0
        ? 'use runc, or leave "shared" out'
        : 'use a rootfs of type "directory" and no tmpfs, or leave "shared" out',
    )
  return ownMounts(runtime, made, shared >= 0)
}

/** runc allows /dev/net/tun to everybody, after all rules of the configuration. On v1 that can be taken back. */
function afterCreate(
  runtime: Runtime,
  command: Command,
  groups: ContainerGroups | null,
): Array<readonly [string, string]> {
  const devices = groups?.paths.version === 1 ? groups.paths.dirs.devices : undefined
  const { allowed, created } = command.devices
  const wanted =
    created.some(({ path }) => path === '/dev/net/tun') ||
    allowed.some(
      ({ type, major, minor }) =>
        type !== 'b' && (major === null || major === TUN.major) && (minor === null || minor === TUN.minor),
    )
  if (runtime.kind !== 'runc' || devices === undefined || wanted) return []
  return [[`${devices}/devices.deny`, `c ${TUN.major}:${TUN.minor} rwm`]]
}

/** Looks at everything that a start depends on, and writes the bundle. */
export function prepareContainer(
  context: DriverContext,
  container: OciContainer,
  { host, runtime }: Ready,
  groups: ContainerGroups | null,
  options: RunOptions,
): PreparedContainer {
  const { dir } = container
  const command = checkSources(container.command, runtime.kind)
  const { process } = command
  const root = planRoot(command, dir)
  const view = viewOf(command, root.layers)
  checkCwd(view, process.cwd)
  const user = userIn(process, root.layers)
  const devices = createdDevices(command)
  const idMaps = givenIdMaps(command)
  container.idMaps = idMaps
  const planted = plantTmpfs(runtime.kind, command, dir, idMaps)
  const spec = toOciSpec(planted.command, {
    root: root.path,
    user,
    idMaps,
    shared: sharedNamespaces(context, command),
    cgroupsPath: groups?.cgroupsPath ?? null,
    swapCounted:
      host.cgroups.facts.files.has('memory.memsw.limit_in_bytes') || host.cgroups.layout.version === 2,
    devices,
    capabilities: givenCapabilities(process, host, idMaps !== null),
    hostMqueue: host.mqueue,
    kernel: host.kernel,
    mounts: root.covers,
    hooks: false,
  })
  try {
    writeFileSync(`${dir}/${FILES.config}`, toJson(spec), { mode: 0o600 })
  } catch (error) {
    throw fileError('EXECD_START_FAILED', 'write the configuration', error)
  }
  const bundle: Bundle = { dir, cgroups: groups !== null }
  const memory = groups?.paths.dirs[groups.paths.version === 2 ? 'unified' : 'memory']
  return {
    view,
    plan: {
      dir,
      listen: options.detached ? CONTROL : null,
      hold: options.callbacks.prestart !== null,
      owner: hostUser(idMaps, user.uid),
      size: process.terminal ? (process.consoleSize ?? DEFAULT_SIZE) : null,
      mounts: mountsFor(runtime, command, root, hiddenFromCrun(runtime, host, dir), planted.made),
      create: createLine(runtime, bundle, process.terminal),
      start: startLine(runtime, bundle),
      finish: [deleteLine(runtime, bundle)],
      environment: environmentLines(context.options.toolPath),
      writes: afterCreate(runtime, command, groups),
      groups: groups?.dirs ?? [],
      counters: [...reportFiles(groups?.paths ?? null).keys()],
      oom: memory === undefined || groups === null ? null : { dir: memory, version: groups.paths.version },
      remove: [dir],
      prune: [],
    },
  }
}

/** The environment of a runtime, for a keeper. */
export function environmentLines(toolPath: string): string[] {
  return Object.entries(toolEnvironment(toolPath)).map(([name, value]) => `${name}=${value}`)
}
