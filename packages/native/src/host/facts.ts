import type { RootEntry } from '@execd/linux/rootfs'
import type { IdRange } from '@execd/linux/rootless'

/** What plans depend on. Read once by a driver, so that planning itself asks nothing of the host. */
export interface HostFacts {
  readonly arch: 'x64' | 'arm64'
  readonly kernel: string
  readonly euid: number
  readonly egid: number
  /** Whether this process may make namespaces other than a user namespace: CAP_SYS_ADMIN is effective. */
  readonly privileged: boolean
  /** Mask of the permitted capabilities of this process. */
  readonly capabilities: bigint
  /** /dev/shm and /dev/mqueue exist: what containers in the host's IPC namespace share. */
  readonly shm: boolean
  readonly mqueue: boolean
  /** /sys/fs/cgroup exists. */
  readonly cgroup: boolean
  /** newuidmap(1) and newgidmap(1) are there. */
  readonly idMapTools: boolean
  readonly subuids: readonly IdRange[]
  readonly subgids: readonly IdRange[]
  /** Ids that neither file grants to anybody, for root, who may map any; null where there are none, or not every id exists here. */
  readonly spareIds: IdRange | null
  /** Directories and symbolic links in the host's root folder. */
  readonly rootEntries: readonly RootEntry[]
  /** AppArmor, or SELinux, is on. */
  readonly apparmor: boolean
  readonly selinux: boolean
  /** How many processors there can be: each has files of its own in /sys. */
  readonly possibleCpus: number
}
