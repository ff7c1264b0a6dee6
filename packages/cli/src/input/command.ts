import type { CommandInput } from '@execd/core'
import type { Call } from '../table/types.js'
import { compact } from './compact.js'
import { devicesOf } from './devices.js'
import { mountsOf, rootfsOf } from './files.js'
import { merge } from './merge.js'
import { namespacesOf, networkOf, sysctlOf } from './namespaces.js'
import { processOf } from './process.js'
import { resourcesOf } from './resources.js'
import { securityOf } from './security.js'
import { numeric, pairs } from './words.js'

/** The command that the options of `run` say, laid over that of a file. It is checked by core alone. */
export function commandOf({ given, operands }: Call, file: unknown, own: NodeJS.ProcessEnv): CommandInput {
  const security = securityOf(given)
  const process = {
    ...processOf(given, operands, own),
    ...security.process,
    oomScoreAdj: numeric(given.text('oom-score-adj')),
  }
  const flags = compact({
    id: given.text('name'),
    labels: pairs(given.texts('label'), () => ''),
    hostname: given.text('hostname'),
    domainname: given.text('domainname'),
    rootfs: rootfsOf(given, file !== undefined),
    process: compact(process),
    init: given.flag('init'),
    namespaces: namespacesOf(given),
    network: networkOf(given),
    resources: resourcesOf(given),
    mounts: mountsOf(given),
    devices: devicesOf(given),
    sysctl: sysctlOf(given),
    cgroupParent: given.text('cgroup-parent'),
  })
  return merge(file, { ...flags, ...security.command }) as CommandInput
}
