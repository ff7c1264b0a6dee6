import type { ProbeCheck } from '@execd/core/driver'
import type { Engine, Surroundings } from './surroundings.js'
import type { Trials } from './trials.js'

type Finding = Pick<ProbeCheck, 'status' | 'reason' | 'hint'>

const NOT_TRIED: Finding = {
  status: 'degraded',
  reason: 'could not be tried: unshare(1) is not on PATH',
  hint: 'install util-linux; the first container tells',
}

/** What an engine must be told so that containers can be made inside of it. */
const ALLOW: Readonly<Record<Engine, string>> = {
  Docker:
    'docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined ...',
  Podman: 'podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ...',
  Kubernetes:
    'in the securityContext of the container: seccompProfile: {type: Unconfined}, appArmorProfile: {type: Unconfined}, procMount: Unmasked',
  LXC: 'in the configuration of the outer container: lxc.include = /usr/share/lxc/config/nesting.conf, lxc.apparmor.profile = unconfined',
  'another container engine':
    'let the outer container make user namespaces and mounts: no system call filter, no covered /proc',
}

function allow({ engine }: Surroundings): string {
  return engine === null ? 'run as root, or outside of the chroot or sandbox that forbids it' : ALLOW[engine]
}

/** Whether this process is inside another container. Pure. */
export function nestingCheck({ engine, filtered }: Surroundings): ProbeCheck {
  const where = engine === null ? 'no signs of an outer container' : `signs of an outer container: ${engine}`
  const filter = filtered ? ', under a system call filter' : ''
  return { name: 'nesting', required: false, status: 'ok', reason: where + filter }
}

/** Whether an ordinary user may make user namespaces with rights in them, and what forbids it. Pure. */
export function userNamespaceCheck(privileged: boolean, trials: Trials, around: Surroundings): ProbeCheck {
  const base = { name: 'user-namespaces', required: !privileged }
  if (privileged) return { ...base, status: 'ok', reason: 'not needed: this process is root' }
  return { ...base, ...userNamespaceFinding(trials, around) }
}

function userNamespaceFinding({ userNamespace, mountNamespace }: Trials, around: Surroundings): Finding {
  if (userNamespace === null || mountNamespace === null) return NOT_TRIED
  if (mountNamespace.worked)
    return { status: 'ok', reason: 'an ordinary user may make user namespaces, with all rights in them' }
  // AppArmor lets the namespace be made and takes the rights in it: the map cannot be written, or nothing mounted.
  if (around.apparmorRestricts === 1) {
    return {
      status: 'missing',
      reason:
        'AppArmor gives ordinary users no rights in user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)',
      hint: 'as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give node an AppArmor profile with "userns,"',
    }
  }
  if (!userNamespace.worked) return unmade(userNamespace.words, around)
  return {
    status: 'missing',
    reason: `a user namespace can be made, and no mount namespace in it: an outer sandbox forbids that (${mountNamespace.words})`,
    hint: allow(around),
  }
}

function unmade(words: string, around: Surroundings): Finding {
  if (around.maxUserNamespaces === 0) {
    return {
      status: 'missing',
      reason: 'no user namespaces are allowed: user.max_user_namespaces is 0',
      hint: 'as root: sysctl -w user.max_user_namespaces=15000',
    }
  }
  if (around.unprivilegedClone === 0) {
    return {
      status: 'missing',
      reason: 'ordinary users may make no user namespaces: kernel.unprivileged_userns_clone is 0',
      hint: 'as root: sysctl -w kernel.unprivileged_userns_clone=1',
    }
  }
  if (/No space left/.test(words)) {
    return {
      status: 'missing',
      reason: `there are as many user namespaces as are allowed, or they are nested 32 deep (user.max_user_namespaces is ${around.maxUserNamespaces})`,
      hint: 'as root: sysctl -w user.max_user_namespaces=15000, or end what holds them (lsns -t user)',
    }
  }
  const by = around.filtered
    ? 'the system call filter that this process is under'
    : 'the kernel, a chroot or an outer sandbox'
  return { status: 'missing', reason: `${by} forbids user namespaces (${words})`, hint: allow(around) }
}

/** Whether a /proc of its own can be given to a container. Pure. */
export function procfsCheck({ mountNamespace, procfs }: Trials, around: Surroundings): ProbeCheck {
  const base = { name: 'procfs', required: true }
  if (procfs === null) return { ...base, ...NOT_TRIED }
  if (procfs.worked) return { ...base, status: 'ok', reason: 'a container can have a /proc of its own' }
  if (mountNamespace?.worked === false)
    return {
      ...base,
      status: 'missing',
      reason: `no namespaces, so no /proc of its own (${procfs.words})`,
      hint: allow(around),
    }
  const { coveredProc } = around
  const reason =
    coveredProc.length === 0
      ? `a fresh /proc cannot be mounted (${procfs.words})`
      : `a fresh /proc cannot be mounted, because parts of this one are covered: ${coveredProc.join(', ')}`
  const uncover =
    around.engine === null ? `run as root, or unmount ${coveredProc.join(' ')}` : ALLOW[around.engine]
  return { ...base, status: 'missing', reason, hint: coveredProc.length === 0 ? allow(around) : uncover }
}

/** Whether overlays can be mounted. Pure. */
export function overlayCheck(
  privileged: boolean,
  { overlay, mountNamespace }: Trials,
  { overlayKnown }: Surroundings,
): ProbeCheck {
  const base = { name: 'overlay', required: false }
  const NEEDED = 'rootfs of type "overlay" and "host" need it'
  if (overlay?.worked === true) return { ...base, status: 'ok', reason: 'an overlay can be mounted' }
  if (!overlayKnown)
    return {
      ...base,
      status: 'degraded',
      reason: `overlayfs is not loaded: ${NEEDED}`,
      hint: 'as root: modprobe overlay',
    }
  if (overlay === null)
    return { ...base, status: 'ok', reason: 'overlayfs is loaded; mounting one was not tried' }
  if (mountNamespace?.worked === false)
    return {
      ...base,
      status: 'degraded',
      reason: 'overlayfs is loaded; no namespace to mount one in',
      hint: 'see the other checks',
    }
  return {
    ...base,
    status: 'degraded',
    reason: `overlays cannot be mounted (${overlay.words}): ${NEEDED}`,
    hint: `${privileged ? '' : 'run as root, or '}use a rootfs of type "directory"`,
  }
}

/** Whether system calls can be filtered. Pure. */
export function seccompCheck({ seccompActions }: Surroundings): ProbeCheck {
  const base = { name: 'seccomp', required: true }
  return seccompActions === ''
    ? {
        ...base,
        status: 'missing',
        reason: 'the kernel has no seccomp filters, or /proc/sys/kernel/seccomp is hidden',
        hint: 'use a kernel with CONFIG_SECCOMP_FILTER',
      }
    : { ...base, status: 'ok', reason: seccompActions }
}
