import { spawnSync } from 'node:child_process'
import type { ProbeCheck, ProbeReport } from '@execd/core/driver'
import type { Tools } from './launch.js'

/** What this host allows, with what to do about it. It never throws for what is missing. */
export function probe(tools: Partial<Tools>, privileged: boolean): ProbeReport {
  const { unshare, nsenter } = tools
  const checks = [
    tool('unshare', unshare, ['--root', '--wd', '--mount-proc']),
    tool('nsenter', nsenter, ['--preserve-credentials', '--cgroup']),
    ...(privileged ? [] : [userNamespaces(unshare)]),
  ]
  const usable = checks.every(({ status, required }) => !required || status !== 'missing')
  return { driver: 'sample', usable, checks, facts: { isolation: 'namespaces of unshare(1)' } }
}

function tool(name: keyof Tools, path: string | undefined, options: readonly string[]): ProbeCheck {
  const check = { name, required: true } as const
  const hint = 'install util-linux 2.36 or later; the tools of busybox do not do'
  if (path === undefined) return { ...check, status: 'missing', reason: `there is no ${name} on PATH`, hint }
  const { stdout } = spawnSync(path, ['--help'], { encoding: 'utf8' })
  const lacking = options.filter((option) => !stdout?.includes(option))
  if (lacking.length === 0) return { ...check, status: 'ok', reason: path }
  return { ...check, status: 'missing', reason: `${path} does not know ${lacking.join(', ')}`, hint }
}

function userNamespaces(unshare: string | undefined): ProbeCheck {
  const check = { name: 'user-namespaces', required: true } as const
  const args = ['--user', '--map-root-user', '--mount', 'true']
  const { status, stderr } = spawnSync(unshare ?? 'unshare', args, { encoding: 'utf8' })
  if (status === 0) return { ...check, status: 'ok', reason: 'an ordinary user may make them' }
  return {
    ...check,
    status: 'missing',
    reason: `an ordinary user may not make them: ${stderr?.trim() || 'unshare failed'}`,
    hint: 'run as root, or as root: sysctl -w user.max_user_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0',
  }
}
