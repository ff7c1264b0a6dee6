import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { CAPABILITIES, type ProbeCheck, type Support } from '@execd/core/driver'

/** What a kernel may be built or booted without. */
export interface KernelFeatures {
  readonly apparmor: boolean
  /** On, and its file system mounted. */
  readonly selinux: boolean
  readonly overlay: boolean
  /** System call filters. */
  readonly seccomp: boolean
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}

/** Looks at the running kernel. Never rejects. */
export async function readKernelFeatures(): Promise<KernelFeatures> {
  const [apparmor, filesystems, actions] = await Promise.all([
    text('/sys/module/apparmor/parameters/enabled'),
    text('/proc/filesystems'),
    text('/proc/sys/kernel/seccomp/actions_avail'),
  ])
  return {
    apparmor: apparmor.trim() === 'Y',
    selinux: existsSync('/sys/fs/selinux/enforce'),
    overlay: /\toverlay$/m.test(filesystems),
    seccomp: actions.trim() !== '',
  }
}

/** Names of the capabilities that the kernel has, in the order of their numbers (/proc/sys/kernel/cap_last_cap); all known ones where it does not tell. */
export async function readCapabilities(): Promise<readonly string[]> {
  const last = Number.parseInt(await text('/proc/sys/kernel/cap_last_cap'), 10)
  return Number.isNaN(last) ? CAPABILITIES : CAPABILITIES.slice(0, last + 1)
}

function module(name: string, on: boolean): Support {
  return on || { reason: `${name} is not on in this kernel`, hint: `leave it out, or boot with ${name}` }
}

/** The fields of `Command` that stand on a security module. Pure. */
export function securityModuleFields({
  apparmor,
  selinux,
}: Pick<KernelFeatures, 'apparmor' | 'selinux'>): Record<string, Support> {
  return {
    'process.apparmorProfile': module('AppArmor', apparmor),
    'process.selinuxLabel': module('SELinux', selinux),
    mountLabel: module('SELinux', selinux),
  }
}

/** Fields of `Command` that stand on what a kernel may be without. Pure. */
export function kernelFields(features: KernelFeatures): Record<string, Support> {
  const overlay: Support = features.overlay || {
    reason: 'overlayfs is not loaded',
    hint: 'as root: modprobe overlay',
  }
  const seccomp: Support = features.seccomp || {
    reason: 'the kernel has no seccomp filters',
    hint: 'use a kernel with CONFIG_SECCOMP_FILTER',
  }
  return {
    ...securityModuleFields(features),
    'rootfs.type=overlay': overlay,
    'seccomp=default': seccomp,
    'seccomp=profile': seccomp,
  }
}

/** A line of a probe for something that is not required. `needed`: what is refused without it. Pure. */
export function featureCheck(name: string, there: boolean, needed: string, hint: string): ProbeCheck {
  const base = { name, required: false }
  return there
    ? { ...base, status: 'ok', reason: `${name} is there` }
    : { ...base, status: 'degraded', reason: `${name} is not there: ${needed} is refused`, hint }
}
