import type { DriverCapabilities, Support } from '@execd/core/driver'

const DECLARED = [
  'rootfs.type=directory',
  'rootfs.path',
  'process.args',
  'process.env',
  'process.cwd',
  'namespaces.pid=private',
  'namespaces.ipc=private',
  'namespaces.uts=private',
  'namespaces.cgroup=private',
  'namespaces.user=auto',
  'network.mode=host',
  'seccomp=unconfined',
] as const

/**
 * What is not done, and why. A key that is not listed at all is refused too, with less to read for the user.
 *
 * TODO: to support one more thing, move its key to DECLARED, run `npm test`, and make the cases about it pass. Good next steps, with little work each:
 * - namespaces.ipc=host, namespaces.uts=host, namespaces.cgroup=host: leave the flag out (src/launch.ts)
 * - process.noNewPrivileges, process.capabilities.drop: setpriv(1) between nsenter and unshare
 * - process.umask: `process.umask()` of Node is for the whole process, so it takes a program that sets it
 * - mounts=bind, rootfs.readonly: mount(8), through nsenter, before the command is run
 */
const REFUSED: Readonly<Record<string, Support>> = {
  'network.mode=none': {
    reason: 'this driver starts everything in the network of the host',
    hint: "ask for network: { mode: 'host' }, or use the native driver",
  },
  'process.noNewPrivileges': {
    reason: 'this driver does not set the flag',
    hint: 'set process.noNewPrivileges to false, or use the native driver',
  },
  'seccomp=default': {
    reason: 'this driver loads no filter',
    hint: "ask for seccomp: 'unconfined', or use the native driver",
  },
  'resources.memory.limit': { reason: 'this driver makes no cgroups', hint: 'use the native driver' },
}

/** What the driver does. `privileged`: it runs as root. Pure. */
export function capabilitiesOf(privileged: boolean): DriverCapabilities {
  // Only root may change the root folder outside a user namespace (chroot(2)).
  const user = privileged ? 'namespaces.user=host' : 'namespaces.user=private'
  const declared = Object.fromEntries([...DECLARED, user].map((key) => [key, true as const]))
  return {
    fields: { ...REFUSED, ...declared },
    // TODO: each verb that is declared here owes the method of its name in src/driver.ts; `DriverBase` refuses the others.
    verbs: {
      exec: { reason: 'not written yet' },
      pause: { reason: 'not written yet: it needs the freezer of a cgroup' },
      stats: { reason: 'not written yet: it needs a cgroup' },
      update: { reason: 'there are no limits to update' },
      resize: { reason: 'there are no terminals' },
      prestart: true,
      detach: { reason: 'everything ends with this process' },
      recover: { reason: 'nothing outlives this process' },
      sweep: { reason: 'nothing outlives this process' },
      rotate: { reason: 'not written yet' },
      execResources: { reason: 'this driver makes no cgroups' },
    },
    // Known differences from rules that are a SHOULD. The kit holds the driver to them: one that is no longer needed fails.
    exceptions: {
      'stdio.closed-inside': {
        reason: 'nsenter holds the streams open until the program has ended',
        shows: 'the end of the stream that the program closed',
      },
    },
  }
}
