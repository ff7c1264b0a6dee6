import type { Command } from '@execd/core/driver'
import type { ProcessUser } from '@execd/linux/users'
import type { CreatedDevice, LimitHost } from './limits.js'

/** A bind mount, decided: one mount of the host's each, as LXC sets flags on one mount only. */
export interface PlannedBind {
  readonly source: string
  readonly target: string
  readonly directory: boolean
  readonly options: readonly string[]
}

/** Programs of the host that LXC runs in the life of the container; null for none. */
export interface HookPrograms {
  readonly preMount: string | null
  readonly autodev: string | null
  readonly startHost: string | null
  readonly stop: string | null
}

/** A path of /proc, /sys or the root that is covered, and with what. */
export interface MaskedPath {
  readonly path: string
  readonly directory: boolean
}

/** Everything that a configuration is made of: the command, and what was read of the host for it. */
export interface RenderInput {
  readonly command: Command
  /** Slave of the terminal that shows the container's console; null for none. */
  readonly console: string | null
  /** LXC's init on the host, when the command runs under it. */
  readonly init: string | null
  /** The folder that becomes the root. */
  readonly rootfs: string
  /** Where LXC mounts it before it changes into it. */
  readonly rootMount: string
  /** LXC may make missing folders for mounts: the layer is the container's own. */
  readonly createTargets: boolean
  readonly user: ProcessUser
  readonly environment: ReadonlyArray<readonly [name: string, value: string]>
  readonly cgroup: LimitHost & {
    readonly container: string
    /** v2: the group below it that the processes are in, so that it can pass controllers on. */
    readonly inner: string | null
    readonly monitor: string
    readonly pivot: string
  }
  /** Paths of the namespaces to join. */
  readonly shared: Readonly<Record<'pid' | 'ipc' | 'uts' | 'net', string | null>>
  readonly created: readonly CreatedDevice[]
  readonly binds: readonly PlannedBind[]
  readonly masked: readonly MaskedPath[]
  readonly readonlyPaths: readonly string[]
  /** File of the seccomp policy; null for none. */
  readonly seccomp: string | null
  readonly apparmor: boolean
  /** Made by an ordinary user. */
  readonly rootless: boolean
  /** Names of the capabilities that this kernel has. */
  readonly capabilities: ReadonlySet<string>
  readonly hooks: HookPrograms
  readonly raw: readonly string[]
}
