/** A whole number of the specification. A bigint where a JSON number of JavaScript would lose digits (above 2^53). */
export type OciInteger = number | bigint

export interface OciUser {
  readonly uid: number
  readonly gid: number
  readonly umask?: number
  readonly additionalGids?: readonly number[]
}

export interface OciCapabilities {
  readonly bounding: readonly string[]
  readonly effective: readonly string[]
  readonly inheritable: readonly string[]
  readonly permitted: readonly string[]
  readonly ambient: readonly string[]
}

/** `process` of config.json, and the whole of the file that `exec --process` takes. */
export interface OciProcess {
  readonly terminal: boolean
  readonly consoleSize?: { readonly height: number; readonly width: number }
  readonly user: OciUser
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly capabilities: OciCapabilities
  readonly rlimits?: ReadonlyArray<{
    readonly type: string
    readonly soft: OciInteger
    readonly hard: OciInteger
  }>
  readonly noNewPrivileges: boolean
  readonly oomScoreAdj?: number
  readonly apparmorProfile?: string
  readonly selinuxLabel?: string
}

export interface OciMount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

export interface OciHook {
  readonly path: string
  readonly args?: readonly string[]
  readonly env?: readonly string[]
  /** Seconds. */
  readonly timeout?: number
}

export interface OciIdMapping {
  readonly containerID: number
  readonly hostID: number
  readonly size: number
}

export interface OciNamespace {
  readonly type: 'mount' | 'pid' | 'ipc' | 'uts' | 'cgroup' | 'network' | 'user'
  /** Of one that exists. Left out: a new one. */
  readonly path?: string
}

export interface OciDevice {
  readonly path: string
  readonly type: 'b' | 'c' | 'p'
  readonly major?: number
  readonly minor?: number
  readonly fileMode: number
  readonly uid: number
  readonly gid: number
}

export interface OciDeviceRule {
  readonly allow: boolean
  readonly type?: 'a' | 'b' | 'c'
  readonly major?: number
  readonly minor?: number
  readonly access: string
}

export interface OciThrottle {
  readonly major: number
  readonly minor: number
  readonly rate: number
}

/** `linux.resources`, and the whole of the file that `update --resources` takes. */
export interface OciResources {
  readonly devices?: readonly OciDeviceRule[]
  readonly memory?: {
    readonly limit?: number
    readonly reservation?: number
    readonly swap?: number
    readonly swappiness?: number
    readonly disableOOMKiller?: boolean
  }
  readonly cpu?: {
    readonly shares?: number
    readonly quota?: number
    readonly period?: number
    readonly cpus?: string
    readonly mems?: string
  }
  readonly pids?: { readonly limit: number }
  readonly blockIO?: {
    readonly weight?: number
    readonly weightDevice?: ReadonlyArray<{
      readonly major: number
      readonly minor: number
      readonly weight: number
    }>
    readonly throttleReadBpsDevice?: readonly OciThrottle[]
    readonly throttleWriteBpsDevice?: readonly OciThrottle[]
    readonly throttleReadIOPSDevice?: readonly OciThrottle[]
    readonly throttleWriteIOPSDevice?: readonly OciThrottle[]
  }
  readonly unified?: Readonly<Record<string, string>>
}

export interface OciSeccompArg {
  readonly index: number
  readonly value: OciInteger
  readonly valueTwo?: OciInteger
  readonly op: string
}

export interface OciSeccompRule {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly OciSeccompArg[]
}

export interface OciSeccomp {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly architectures?: readonly string[]
  readonly flags?: readonly string[]
  readonly syscalls?: readonly OciSeccompRule[]
}

export interface OciLinux {
  readonly namespaces: readonly OciNamespace[]
  readonly uidMappings?: readonly OciIdMapping[]
  readonly gidMappings?: readonly OciIdMapping[]
  readonly devices?: readonly OciDevice[]
  readonly cgroupsPath?: string
  readonly resources: OciResources
  readonly rootfsPropagation?: 'private' | 'shared' | 'slave' | 'unbindable'
  readonly seccomp?: OciSeccomp
  readonly sysctl?: Readonly<Record<string, string>>
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
  readonly mountLabel?: string
}

/** config.json of a bundle: the OCI runtime specification, "Configuration". */
export interface OciSpec {
  readonly ociVersion: string
  readonly process: OciProcess
  readonly root: { readonly path: string; readonly readonly: boolean }
  readonly hostname?: string
  readonly domainname?: string
  readonly mounts: readonly OciMount[]
  readonly hooks?: {
    readonly prestart?: readonly OciHook[]
    readonly poststart?: readonly OciHook[]
    readonly poststop?: readonly OciHook[]
  }
  readonly linux: OciLinux
  readonly annotations?: Readonly<Record<string, string>>
}
