import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { ExecdError, type ProbeCheck, type ProbeReport } from '@execd/core/driver'
import { describeLayout } from '@execd/linux/cgroup'
import { featureCheck } from '@execd/linux/kernel'
import type { ToolRunner } from './commands/run.js'
import { placeOf } from './host/cgroups.js'
import { type Host, readVersion } from './host/host.js'

/** The tools that are run, and what each is for. */
export const TOOLS: Readonly<Record<string, string>> = {
  'lxc-start': 'run containers',
  'lxc-stop': 'end containers when this process dies',
  'lxc-attach': 'exec',
  'lxc-freeze': 'pause',
  'lxc-unfreeze': 'unpause',
  mkfifo: 'make pipes',
  sh: 'watch over containers',
}

const REQUIRED: ReadonlySet<string> = new Set(['lxc-start', 'lxc-stop', 'mkfifo', 'sh'])

async function toolCheck(tools: ToolRunner, name: string): Promise<ProbeCheck> {
  const base = { name: `tool-${name}`, required: REQUIRED.has(name) }
  try {
    return { ...base, status: 'ok', reason: await tools.find(name) }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    return { ...base, status: 'missing', reason: error.message, hint: error.hint }
  }
}

async function versionCheck(tools: ToolRunner): Promise<ProbeCheck> {
  const base = { name: 'lxc-version', required: true }
  try {
    return { ...base, status: 'ok', reason: `LXC ${await readVersion(tools)}` }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    return { ...base, status: 'missing', reason: error.message, hint: error.hint }
  }
}

function rootCheck({ root }: Host): ProbeCheck {
  const base = { name: 'root', required: true }
  return root
    ? { ...base, status: 'ok', reason: 'this process is root' }
    : {
        ...base,
        status: 'missing',
        reason: 'this process is not root, and this version of the driver runs no unprivileged containers',
        hint: 'run as root, or use the native driver, which runs containers as an ordinary user',
      }
}

async function cgroupCheck({ layout, facts }: Host): Promise<ProbeCheck> {
  const base = { name: 'cgroups', required: true }
  const names = placeOf(layout).parents.flatMap(({ controllers }) => controllers)
  if (facts.files.size > 0)
    return { ...base, status: 'ok', reason: `${describeLayout(layout)}: ${names.join(', ')}` }
  const mounted = await access('/sys/fs/cgroup', constants.R_OK).then(
    () => true,
    () => false,
  )
  return {
    ...base,
    status: 'missing',
    reason: mounted ? 'no group can be made' : 'cgroups are not mounted',
    hint: 'run as root on a host with cgroups mounted at /sys/fs/cgroup',
  }
}

/** What the host allows this driver, with reasons and hints. */
export async function lxcProbe(host: Host, tools: ToolRunner, stateDir: string): Promise<ProbeReport> {
  const checks = [
    rootCheck(host),
    await versionCheck(tools),
    ...(await Promise.all(Object.keys(TOOLS).map((name) => toolCheck(tools, name)))),
    await cgroupCheck(host),
    featureCheck(
      'overlay',
      host.overlay,
      'a root file system of type "overlay"',
      'as root: modprobe overlay',
    ),
    featureCheck('seccomp', host.seccomp, 'a system call filter', 'use a kernel with CONFIG_SECCOMP_FILTER'),
  ]
  return {
    driver: 'lxc',
    usable: !checks.some((check) => check.required && check.status === 'missing'),
    checks,
    facts: {
      kernel: host.kernel,
      lxc: checks.find(({ name }) => name === 'lxc-version')?.reason ?? '',
      cgroups: describeLayout(host.layout),
      apparmor: host.apparmor ? 'on' : 'off',
      selinux: host.selinux ? 'on' : 'off',
      state: stateDir,
    },
  }
}
