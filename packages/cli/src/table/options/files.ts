import type { FlagGroup } from '../types.js'

export const FILES: FlagGroup = {
  title: 'Files',
  flags: [
    {
      name: 'rootfs',
      value: 'ROOT',
      kind: 'folder',
      help: 'The root file system: a folder, "host" for the files of the host, read-only under a throw-away layer, or overlay:LOWER[,lower=LOWER][,upper=DIR,work=DIR][,size=SIZE] (default: host)',
      field: 'rootfs',
    },
    { name: 'read-only', help: 'Make the root file system read-only', field: 'rootfs.readonly' },
    {
      name: 'volume',
      short: 'v',
      value: 'SOURCE:DESTINATION[:OPTIONS]',
      many: true,
      help: 'Mount a file or folder of the host, such as ./data:/data:ro',
      field: 'mounts',
    },
    {
      name: 'mount',
      value: 'KEY=VALUE,...',
      many: true,
      help: 'Mount by keys: type=bind|tmpfs, source, destination, readonly, bind-propagation, bind-nonrecursive, tmpfs-size, tmpfs-mode',
      field: 'mounts',
    },
    {
      name: 'tmpfs',
      value: 'DESTINATION[:OPTIONS]',
      many: true,
      help: 'Mount a folder in memory, such as /scratch:size=64m',
      field: 'mounts',
    },
    {
      name: 'device',
      value: 'HOST[:CONTAINER[:rwm]]',
      kind: 'file',
      many: true,
      help: 'Add a device of the host',
      field: 'devices.created',
    },
    {
      name: 'device-cgroup-rule',
      value: 'RULE',
      many: true,
      help: 'Allow devices, such as "c 10:229 rwm"',
      field: 'devices.allowed',
    },
  ],
}
