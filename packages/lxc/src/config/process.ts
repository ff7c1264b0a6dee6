import { effectiveCapabilities, type ProcessSpec } from '@execd/core/driver'
import type { ProcessUser } from '@execd/linux/users'
import type { RenderInput } from './input.js'
import { line } from './lines.js'

/** PATH of a process that names none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The environment of a process: PATH, HOME and TERM where it says nothing of them, and what it says. Pure. */
export function environmentOf(
  process: ProcessSpec,
  user: Pick<ProcessUser, 'home'>,
): Array<readonly [string, string]> {
  const defaults: Record<string, string> = { PATH: DEFAULT_PATH, HOME: user.home }
  if (process.terminal) defaults.TERM = 'xterm'
  return Object.entries({ ...defaults, ...process.env })
}

/** The environment as lines; a value with a line break is refused without being shown. */
export function environmentLines(environment: RenderInput['environment']): string[] {
  return environment.map(([name, value]) =>
    line('lxc.environment', `${name}=${value}`, `process.env.${name}`),
  )
}

/** The capabilities to keep: LXC refuses a name that the kernel does not have. */
export function capabilityLine(process: ProcessSpec, known: ReadonlySet<string>): string {
  const kept = effectiveCapabilities(process.capabilities).filter((name) => known.has(name))
  return line(
    'lxc.cap.keep',
    kept.length === 0 ? 'none' : kept.map((name) => name.slice('CAP_'.length).toLowerCase()).join(' '),
  )
}

/** The limits of setrlimit(2). */
export function rlimitLines(process: ProcessSpec): string[] {
  return process.rlimits.map(({ type, soft, hard }) =>
    line(`lxc.prlimit.${type.slice('RLIMIT_'.length).toLowerCase()}`, `${soft}:${hard}`),
  )
}

/** Limits, user, folder, labels and what is asked of the process itself. */
export function processLines(
  input: Pick<RenderInput, 'command' | 'user' | 'environment' | 'apparmor' | 'capabilities'>,
): string[] {
  const { command, user, environment, apparmor, capabilities } = input
  const { process } = command
  const lines = [
    line('lxc.init.uid', user.uid),
    line('lxc.init.gid', user.gid),
    line('lxc.init.cwd', process.cwd, 'process.cwd'),
    ...environmentLines(environment),
    capabilityLine(process, capabilities),
    line('lxc.no_new_privs', process.noNewPrivileges ? 1 : 0),
  ]
  if (user.groups.length > 0) lines.push(line('lxc.init.groups', user.groups.join(', ')))
  lines.push(...rlimitLines(process))
  if (process.oomScoreAdj !== null) lines.push(line('lxc.proc.oom_score_adj', process.oomScoreAdj))
  if (apparmor)
    lines.push(
      line('lxc.apparmor.profile', process.apparmorProfile ?? 'unchanged', 'process.apparmorProfile'),
    )
  if (process.selinuxLabel !== null)
    lines.push(line('lxc.selinux.context', process.selinuxLabel, 'process.selinuxLabel'))
  return lines
}
