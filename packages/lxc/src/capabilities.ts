import { type DriverCapabilities, type Exception, fieldKeys, type Support } from '@execd/core/driver'
import { unsupportedLimits } from '@execd/linux/cgroup'
import { placeOf } from './host/cgroups.js'
import type { Host } from './host/host.js'

type Refusals = Record<string, Support>

/** What LXC, or this driver over it, cannot do on any host. */
const NEVER: Refusals = {
  'rootfs.type=host': {
    reason: 'LXC needs a root file system of its own',
    hint: 'prepare a folder or layers, or use the native driver',
  },
  init: {
    reason: 'LXC starts the command as process 1 itself',
    hint: 'put an init such as tini into the root file system and run it as the command',
  },
  'process.capabilities.ambient': { reason: 'LXC raises no ambient capabilities' },
  'process.terminal': {
    reason: 'the LXC tools connect a terminal only to one that they are started in, and Node cannot make one',
    hint: 'use the native driver',
  },
  'process.consoleSize': { reason: 'there are no terminals with this driver', hint: 'use the native driver' },
  mountLabel: { reason: 'LXC labels processes, not mounts' },
}

/** Rules of the contract that cannot be wholly kept with LXC's tools. */
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  'env.others': {
    reason: 'LXC sets "container=lxc" in every environment, after everything else',
    shows: '["container"]',
  },
  'env.newlines': {
    reason: 'a value with a line break is refused: in the configuration it would be a line of its own',
    shows: 'a value in a configuration of LXC cannot hold a line break',
  },
  'stdio.closed-inside': {
    reason: 'a stream ends here with the container: the monitor of LXC holds the same descriptors',
    shows: 'the end of the stream that the program closed',
  },
}

function limits({ layout, facts }: Host): Refusals {
  const refused = unsupportedLimits(placeOf(layout), facts)
  return Object.fromEntries(refused.map(({ field, reason, hint }) => [field, { reason, hint }]))
}

function features(host: Host): Refusals {
  const off = (name: string): Support => ({
    reason: `${name} is not on in this kernel`,
    hint: `leave it out, or boot with ${name}`,
  })
  const overlay: Support = host.overlay
    ? true
    : { reason: 'overlayfs is not loaded', hint: 'as root: modprobe overlay' }
  const seccomp: Support = host.seccomp
    ? true
    : { reason: 'the kernel has no seccomp filters', hint: 'use a kernel with CONFIG_SECCOMP_FILTER' }
  return {
    'process.apparmorProfile': host.apparmor ? true : off('AppArmor'),
    'process.selinuxLabel': host.selinux ? true : off('SELinux'),
    'rootfs.type=overlay': overlay,
    'seccomp=default': seccomp,
    'seccomp=profile': seccomp,
  }
}

/** What this driver can do on the host, by field. Pure. */
export function lxcCapabilities(host: Host): DriverCapabilities {
  return {
    fields: {
      ...Object.fromEntries(fieldKeys().map((key) => [key, true as const])),
      ...limits(host),
      ...features(host),
      ...NEVER,
    },
    exceptions: EXCEPTIONS,
    verbs: {
      exec: true,
      pause: true,
      stats: true,
      update: true,
      prestart: true,
      resize: { reason: 'there are no terminals with this driver', hint: 'use the native driver' },
      rotate: { reason: 'this version of the driver does not rotate files' },
      sweep: { reason: 'this version of the driver does not sweep' },
      execResources: { reason: 'this version of the driver has no limits of an exec alone' },
      recover: { reason: 'this version of the driver has no detached containers' },
      detach: {
        reason: 'this version of the driver has no detached containers',
        hint: 'keep the process that started the container alive',
      },
    },
  }
}
