import type { FlagGroup } from '../types.js'

export const NETWORK: FlagGroup = {
  title: 'Network and namespaces',
  flags: [
    {
      name: 'network',
      value: 'NETWORK',
      many: true,
      help: 'none, host, container:ID, path:FILE, or an interface: bridge=BRIDGE[,ip=ADDRESS/LENGTH][,gateway=ADDRESS][,ip6=...][,gateway6=...][,mac-address=...][,mtu=...][,name=...][,hairpin] (default: none)',
      field: 'network',
    },
    {
      name: 'hostname',
      short: 'h',
      value: 'NAME',
      help: 'Host name inside (default: the id)',
      field: 'hostname',
    },
    { name: 'domainname', value: 'NAME', help: 'NIS domain name inside', field: 'domainname' },
    {
      name: 'pid',
      value: 'NAMESPACE',
      help: 'Process ids: private, host, container:ID or path:FILE (default: private)',
      field: 'namespaces.pid',
    },
    {
      name: 'ipc',
      value: 'NAMESPACE',
      help: 'As --pid, for System V IPC and message queues',
      field: 'namespaces.ipc',
    },
    { name: 'uts', value: 'NAMESPACE', help: 'As --pid, for the host name', field: 'namespaces.uts' },
    {
      name: 'cgroupns',
      value: 'NAMESPACE',
      kind: ['private', 'host'],
      help: 'View of the cgroups: private or host (default: private)',
      field: 'namespaces.cgroup',
    },
    {
      name: 'userns',
      value: 'NAMESPACE',
      kind: ['auto', 'private', 'host'],
      help: 'User ids: auto, private or host (default: auto, private unless root)',
      field: 'namespaces.user',
    },
    {
      name: 'sysctl',
      value: 'KEY=VALUE',
      many: true,
      help: "Set a kernel parameter of the container's namespaces",
      field: 'sysctl',
    },
  ],
}
