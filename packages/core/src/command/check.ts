import type { z } from 'zod'
import { effectiveCapabilities } from './capabilities.js'
import { parseMountOptions } from './mount-options.js'
import { sysctlNamespace } from './security.js'

/** What the checks across fields read. */
interface CheckedCommand {
  hostname: string | null
  rootfs: { type: string; idmap?: boolean }
  mounts: ReadonlyArray<{ type: 'bind' | 'tmpfs'; options: readonly string[] }>
  domainname: string | null
  process: { capabilities: { add: string[]; drop: string[]; ambient: string[] }; privileged: boolean }
  namespaces: {
    pid: unknown
    ipc: unknown
    uts: unknown
    user: string
    uidMappings: unknown[]
    gidMappings: unknown[]
  }
  network: { mode: string }
  sysctl: Record<string, string>
  init: boolean
}

type Issue = (path: Array<string | number>, message: string, input: unknown) => void

/** Ids are mapped by the container's user namespace, which must be there. */
function checkNoIdMaps({ rootfs, mounts }: CheckedCommand, issue: Issue): void {
  const wanted = 'wanted only with `namespaces.user: "private"` or id mappings'
  if (rootfs.idmap === true) issue(['rootfs', 'idmap'], wanted, true)
  for (const [index, { type, options }] of mounts.entries()) {
    if (parseMountOptions(type, options).options.idmap !== 'none')
      issue(['mounts', index, 'options'], wanted, options)
  }
}

/** Rules that need more than one field: what the kernel, or the meaning, ties together. */
export function checkCommand(command: CheckedCommand, context: z.RefinementCtx): void {
  const issue: Issue = (path, message, input) => context.addIssue({ code: 'custom', path, message, input })
  const { namespaces, network, process } = command

  for (const key of ['hostname', 'domainname'] as const) {
    if (command[key] !== null && namespaces.uts !== 'private') {
      issue(
        [key],
        'wanted only with `namespaces.uts: "private"`: it would rename the host or another container',
        command[key],
      )
    }
  }
  for (const key of Object.keys(command.sysctl)) {
    const owner = sysctlNamespace(key)
    const own =
      owner === 'network'
        ? network.mode === 'none' || network.mode === 'bridge'
        : namespaces.ipc === 'private'
    if (!own) issue(['sysctl', key], `wanted only with a ${owner} namespace of the container's own`, key)
  }
  const given = namespaces.uidMappings.length > 0 || namespaces.gidMappings.length > 0
  if (given && namespaces.user === 'host') {
    issue(['namespaces', 'user'], 'wanted "private" or "auto" together with id mappings', 'host')
  }
  if (namespaces.uidMappings.length > 0 !== namespaces.gidMappings.length > 0) {
    const missing = namespaces.uidMappings.length === 0 ? 'uidMappings' : 'gidMappings'
    issue(['namespaces', missing], 'wanted both user and group mappings, or neither', [])
  }
  if (namespaces.user !== 'private' && !given) checkNoIdMaps(command, issue)
  if (command.init && namespaces.pid !== 'private') {
    issue(['init'], 'wanted only with `namespaces.pid: "private"`: an init must be process 1', true)
  }
  if (!process.privileged) {
    const set = new Set<string>(effectiveCapabilities(process.capabilities))
    for (const [index, name] of process.capabilities.ambient.entries()) {
      if (!set.has(name))
        issue(
          ['process', 'capabilities', 'ambient', index],
          'wanted a capability of the resulting set: add it too',
          name,
        )
    }
  }
}
