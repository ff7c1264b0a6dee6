import { type DriverCapabilities, FIRST_FIELDS, type Support } from '@execd/core/driver'
import { unsupportedLimits } from '@execd/linux/cgroup'
import { kernelFields } from '@execd/linux/kernel'
import type { Host } from './host/host.js'
import type { RuntimeKind } from './runtime/version.js'

type Supports = Record<string, Support>

const NETWORK: Support = {
  reason: 'an OCI runtime makes no network interfaces',
  hint: 'make a network namespace with `ip netns add`, fill it, and use the mode "path"',
}

/** What OCI runtimes, or this driver over them, cannot do on any host. */
const NEVER: Supports = {
  init: {
    reason: 'an OCI runtime starts the command as process 1 itself',
    hint: 'put an init such as tini into the root file system and run it as the command',
  },
  'rootfs.idmap': {
    reason: 'the specification has no mapped owners of the root file system',
    hint: 'change the owners in the root file system, or use the native driver',
  },
  'mounts=idmap': {
    reason: 'runc before 1.2 has no id-mapped mounts, and crun 1.8 leaves them out without a word',
    hint: 'change the owners on the host, or use the native driver',
  },
  'network.mode=bridge': NETWORK,
  'network.interfaces': NETWORK,
}

const NO_CGROUP_HINT = 'run it as root, or in a delegated cgroup: systemd-run --user --scope -p Delegate=yes'

function limits({ cgroups }: Host): Supports {
  const { place, missing, facts } = cgroups
  if (place !== null)
    return Object.fromEntries(
      unsupportedLimits(place, facts).map(({ field, reason, hint }) => [field, { reason, hint }]),
    )
  const why = {
    reason: missing?.reason ?? 'no cgroup can be made here',
    hint: missing?.hint ?? NO_CGROUP_HINT,
  }
  const keys = FIRST_FIELDS.filter((key) => key.startsWith('resources.') || key === 'cgroupParent')
  return Object.fromEntries(keys.map((key) => [key, why]))
}

function features(host: Host): Supports {
  const fields = kernelFields(host)
  return { ...fields, 'rootfs.type=host': fields['rootfs.type=overlay'] ?? true }
}

/** crun writes weights to files of the CFQ scheduler, which is gone since Linux 5.0, where BFQ has files of its own. */
const CRUN_FILES: Readonly<Record<string, string>> = {
  'resources.blockIO.weight': 'blkio.weight',
  'resources.blockIO.weightDevice': 'blkio.weight_device',
}

/** What one runtime does not do well enough. */
function quirks(kind: RuntimeKind, { cgroups }: Host): Supports {
  if (kind !== 'crun') return {}
  const { place, facts } = cgroups
  const weights = Object.entries(CRUN_FILES)
    .filter(([, file]) => place?.version === 1 && !facts.files.has(file))
    .map(([field, file]) => [
      field,
      {
        reason: `crun knows ${file} only, which this kernel does not have`,
        hint: 'leave it out, or use runc',
      },
    ])
  return {
    ...Object.fromEntries(weights),
    'process.consoleSize': {
      reason: "crun sets the size of an exec's terminal after the program has begun",
      hint: 'resize() it, or use runc',
    },
  }
}

function verbs({ cgroups }: Host): DriverCapabilities['verbs'] {
  const needsGroup: Support =
    cgroups.place === null
      ? { reason: 'this needs a cgroup, and none can be made here', hint: NO_CGROUP_HINT }
      : true
  const execResources: Support =
    cgroups.place?.version === 1
      ? true
      : {
          reason: 'on cgroup v2 a group with processes in it, as runtimes leave it, passes no controllers on',
          hint: 'limit the container',
        }
  return {
    exec: needsGroup,
    pause: needsGroup,
    stats: needsGroup,
    update: needsGroup,
    resize: true,
    recover: true,
    detach: true,
    prestart: true,
    rotate: true,
    sweep: true,
    execResources: needsGroup === true ? execResources : needsGroup,
  }
}

/** What this driver can do on the host, by field. Pure. */
export function ociCapabilities(host: Host, kind: RuntimeKind): DriverCapabilities {
  return {
    fields: {
      ...Object.fromEntries(FIRST_FIELDS.map((key) => [key, true as const])),
      ...limits(host),
      ...features(host),
      ...quirks(kind, host),
      ...NEVER,
    },
    verbs: verbs(host),
  }
}
