import { existsSync, readFileSync } from 'node:fs'
import { mountsBelow, parseMountInfo } from '@execd/linux/mounts'

/** Mounted on a folder that is always empty, and so covers nothing. */
const EMPTY = '/proc/sys/fs/binfmt_misc'

/** A container engine that this process is inside of. */
export type Engine = 'Docker' | 'Podman' | 'Kubernetes' | 'LXC' | 'another container engine'

/** What the host, or an outer sandbox, forbids by its settings. A number is null where the kernel has no such setting. */
export interface Surroundings {
  readonly engine: Engine | null
  /** user.max_user_namespaces */
  readonly maxUserNamespaces: number | null
  /** kernel.unprivileged_userns_clone (Debian) */
  readonly unprivilegedClone: number | null
  /** kernel.apparmor_restrict_unprivileged_userns (Ubuntu) */
  readonly apparmorRestricts: number | null
  /** This process is under a system call filter. */
  readonly filtered: boolean
  /** What is mounted below /proc: a fresh one would show what it covers, so the kernel refuses that. */
  readonly coveredProc: readonly string[]
  /** The kernel can filter system calls: the actions it knows. */
  readonly seccompActions: string
  /** overlayfs is in /proc/filesystems. */
  readonly overlayKnown: boolean
}

/** Looks around. */
export function readSurroundings(env: NodeJS.ProcessEnv = process.env): Surroundings {
  return {
    engine: engineOf({
      dockerenv: existsSync('/.dockerenv'),
      containerenv: existsSync('/run/.containerenv'),
      kubernetes: env.KUBERNETES_SERVICE_HOST !== undefined,
      manager: read('/run/systemd/container') || (env.container ?? ''),
    }),
    maxUserNamespaces: readNumber('/proc/sys/user/max_user_namespaces'),
    unprivilegedClone: readNumber('/proc/sys/kernel/unprivileged_userns_clone'),
    apparmorRestricts: readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
    filtered: /^Seccomp:\s*2$/m.test(read('/proc/self/status')),
    coveredProc: mountsBelow(parseMountInfo(read('/proc/self/mountinfo')), '/proc').filter(
      (path) => path !== EMPTY,
    ),
    seccompActions: read('/proc/sys/kernel/seccomp/actions_avail'),
    overlayKnown: /\toverlay$/m.test(read('/proc/filesystems')),
  }
}

/** What tells of an engine. */
export interface EngineSigns {
  readonly dockerenv: boolean
  readonly containerenv: boolean
  readonly kubernetes: boolean
  /** What the container manager calls itself (systemd's container interface). */
  readonly manager: string
}

/** The engine that signs tell of, or null. Pure. */
export function engineOf({ dockerenv, containerenv, kubernetes, manager }: EngineSigns): Engine | null {
  if (kubernetes) return 'Kubernetes'
  if (dockerenv || manager === 'docker') return 'Docker'
  if (containerenv || manager === 'podman') return 'Podman'
  if (manager.startsWith('lxc')) return 'LXC'
  return manager === '' ? null : 'another container engine'
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function readNumber(path: string): number | null {
  const text = read(path)
  return text === '' ? null : Number(text)
}
