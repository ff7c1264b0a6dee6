import { type DriverCapabilities, type Exception, FIRST_FIELDS, type Support } from '@execd/core/driver'
import { unsupportedLimits } from '@execd/linux/cgroup'
import { kernelFields } from '@execd/linux/kernel'
import { placeOf } from './host/cgroups.js'
import type { Host } from './host/host.js'
import { ROOTLESS_REFUSALS } from './host/rootless.js'

type Refusals = Record<string, Support>

const NO_ID_MAPS: Support = {
  reason: 'this driver over LXC maps no file owners',
  hint: 'give the files to the mapped ids on the host, or use the native driver',
}

/** What LXC, or this driver over it, cannot do on any host. */
const NEVER: Refusals = {
  'process.capabilities.ambient': { reason: 'LXC raises no ambient capabilities' },
  'rootfs.idmap': NO_ID_MAPS,
  'mounts=idmap': NO_ID_MAPS,
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

function limits(host: Host): Refusals {
  const refused = unsupportedLimits(placeOf(host), host.facts)
  return Object.fromEntries(refused.map(({ field, reason, hint }) => [field, { reason, hint }]))
}

const NO_INIT: Support = {
  reason: 'init.lxc.static, the small init of LXC that runs in any root, is not installed',
  hint: 'install it with LXC (Debian: liblxc-common)',
}

/** Only LXC's init makes a terminal the controlling one, and only script(1) makes a terminal. */
function terminals({ init, terminals }: Host): Support {
  if (init === null) return NO_INIT
  if (terminals) return true
  return {
    reason: 'script and stty, which terminals are made with, are not installed',
    hint: 'install util-linux (Debian: bsdutils) and coreutils',
  }
}

function features(host: Host): Refusals {
  const init: Support = host.init === null ? NO_INIT : true
  const terminal = terminals(host)
  return {
    ...kernelFields(host),
    init,
    'process.terminal': terminal,
    'process.consoleSize': terminal,
  }
}

/** What this driver can do on the host, by field. Pure. */
export function lxcCapabilities(host: Host): DriverCapabilities {
  return {
    fields: {
      ...Object.fromEntries(FIRST_FIELDS.map((key) => [key, true as const])),
      ...limits(host),
      ...features(host),
      ...NEVER,
      ...(host.user === null ? {} : ROOTLESS_REFUSALS),
    },
    exceptions: EXCEPTIONS,
    verbs: {
      exec: true,
      pause: true,
      stats: true,
      update: true,
      prestart: true,
      resize: terminals(host),
      rotate: true,
      sweep: true,
      recover: true,
      detach: true,
      execResources: true,
    },
  }
}
