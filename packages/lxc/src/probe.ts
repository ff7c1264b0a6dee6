import { ExecdError, type ProbeCheck, type ProbeReport } from '@execd/core/driver'
import { describeLayout } from '@execd/linux/cgroup'
import { featureCheck } from '@execd/linux/kernel'
import type { ToolRunner } from './commands/run.js'
import { placeOf } from './host/cgroups.js'
import { type Host, readVersion } from './host/host.js'
import { rootlessChecks } from './host/rootless.js'

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

function userChecks({ user, layout }: Host): ProbeCheck[] {
  return user === null
    ? [{ name: 'root', required: true, status: 'ok', reason: 'this process is root' }]
    : rootlessChecks(user, layout)
}

function cgroupCheck(host: Host): ProbeCheck {
  const base = { name: 'cgroups', required: true }
  const names = placeOf(host).parents.flatMap(({ controllers }) => controllers)
  const { layout, facts } = host
  if (facts.files.size > 0)
    return { ...base, status: 'ok', reason: `${describeLayout(layout)}: ${names.join(', ')}` }
  return {
    ...base,
    status: 'missing',
    reason: layout.version === null ? 'cgroups are not mounted' : 'no group can be made',
    hint:
      layout.version === null ? 'as root: mount -t cgroup2 cgroup2 /sys/fs/cgroup' : 'see the other checks',
  }
}

/** What the host allows this driver, with reasons and hints. */
export async function lxcProbe(host: Host, tools: ToolRunner, stateDir: string): Promise<ProbeReport> {
  const checks = [
    ...userChecks(host),
    await versionCheck(tools),
    ...(await Promise.all(Object.keys(TOOLS).map((name) => toolCheck(tools, name)))),
    cgroupCheck(host),
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
      user: host.user === null ? 'root' : `ordinary (${host.user.uid})`,
      lxc: checks.find(({ name }) => name === 'lxc-version')?.reason ?? '',
      cgroups: describeLayout(host.layout),
      apparmor: host.apparmor ? 'on' : 'off',
      selinux: host.selinux ? 'on' : 'off',
      state: stateDir,
    },
  }
}
