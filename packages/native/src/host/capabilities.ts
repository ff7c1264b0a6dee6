import { type DriverCapabilities, FIRST_FIELDS, type Support } from '@execd/core/driver'
import { unsupportedLimits } from '@execd/linux/cgroup'
import { securityModuleFields } from '@execd/linux/kernel'
import { interfaceSupport } from '../network/support.js'
import type { Host } from './host.js'

type Refusals = Record<string, Support>

function limits(host: Host): Refusals {
  const { place, missing, facts } = host.cgroups
  if (place === null) {
    const why = missing ?? { reason: 'no cgroup can be made here', hint: 'run as root' }
    return Object.fromEntries(
      FIRST_FIELDS.filter((key) => key.startsWith('resources.')).map((key) => [key, why]),
    )
  }
  return Object.fromEntries(
    unsupportedLimits(place, facts).map(({ field, reason, hint }) => [field, { reason, hint }]),
  )
}

const ROOT_ONLY = 'run as root'

function withoutRoot(host: Host): Refusals {
  if (host.facts.privileged) return {}
  const noDevices: Support = {
    reason:
      'an ordinary user cannot make device nodes or give access to devices (mknod(2) in a user namespace)',
    hint: ROOT_ONLY,
  }
  const noIdMaps: Support = {
    reason:
      'only who has CAP_SYS_ADMIN where a file system was mounted may map the owners of its files (mount_setattr(2))',
    hint: ROOT_ONLY,
  }
  return {
    'rootfs.idmap': noIdMaps,
    'mounts=idmap': noIdMaps,
    'namespaces.pid=host': {
      reason: 'procfs shows a pid namespace, and may be mounted only by the user namespace that owns that',
      hint: ROOT_ONLY,
    },
    'namespaces.user=host': {
      reason: "an ordinary user cannot make a container in the host's user namespace",
      hint: 'leave it out',
    },
    'devices.allowed': noDevices,
    'devices.created': noDevices,
    'network.mode=path': {
      reason: 'an ordinary user cannot join a network namespace of another user namespace',
      hint: ROOT_ONLY,
    },
    'network.mode=container': {
      reason:
        'an ordinary user cannot join the network namespace of another container, which belongs to another user namespace',
      hint: ROOT_ONLY,
    },
    ...Object.fromEntries(
      (['pid', 'ipc', 'uts'] as const).flatMap((name) =>
        ['container', 'path'].map((value) => [
          `namespaces.${name}=${value}`,
          {
            reason: 'the namespace belongs to another user namespace, which an ordinary user cannot join',
            hint: ROOT_ONLY,
          },
        ]),
      ),
    ),
    cgroupParent:
      host.cgroups.place === null
        ? { reason: host.cgroups.missing?.reason ?? 'no cgroup can be made here', hint: ROOT_ONLY }
        : true,
  }
}

/** Without a private pid namespace only a cgroup holds the processes of a container together. */
function sharedPids(host: Host): Refusals {
  if (host.cgroups.place !== null) return {}
  const support: Support = {
    reason:
      'without a private pid namespace and without a cgroup nothing would hold the processes together, so they could not all be killed',
    hint: 'leave `namespaces.pid` private, or run where a cgroup can be made',
  }
  return {
    'namespaces.pid=host': support,
    'namespaces.pid=container': support,
    'namespaces.pid=path': support,
  }
}

/** A network device of the host is made by who has CAP_NET_ADMIN in the host's network namespace (capabilities(7)). */
function networkInterfaces(host: Host): Refusals {
  const support = interfaceSupport(host.facts)
  return { 'network.mode=bridge': support, 'network.interfaces': support }
}

/** What this driver can do on the host, by field. Pure. */
export function nativeCapabilities(host: Host): DriverCapabilities {
  const fields: Record<string, Support> = {
    ...Object.fromEntries(FIRST_FIELDS.map((key) => [key, true as const])),
    ...limits(host),
    ...withoutRoot(host),
    ...sharedPids(host),
    ...securityModuleFields(host.facts),
    ...networkInterfaces(host),
  }
  const group: Support =
    host.cgroups.place === null
      ? {
          reason: 'this needs a cgroup, and none can be made here',
          hint: host.cgroups.missing?.hint ?? ROOT_ONLY,
        }
      : true
  return {
    fields,
    verbs: {
      exec: true,
      pause: group,
      stats: group,
      update: group,
      resize: true,
      prestart: true,
      rotate: true,
      sweep: true,
      execResources: group,
      recover: true,
      detach: true,
    },
  }
}
