import type { ProbeCheck } from '@execd/core/driver'
import type { HostFacts } from './facts.js'

type Facts = Pick<HostFacts, 'privileged' | 'euid' | 'idMapTools' | 'subuids' | 'subgids' | 'spareIds'>

/** Where no range is known to be free: the first one that useradd(8) grants. */
const FIRST_RANGE = { start: 100_000, count: 65_536 }

/** Whether an ordinary user may have more than one id in a container. `user`: its name, empty for none. Pure. */
export function idRangeCheck(facts: Facts, user: string): ProbeCheck {
  const base = { name: 'id-ranges', required: false }
  if (facts.privileged) return { ...base, status: 'ok', reason: 'not needed: this process is root' }
  const grants = { '/etc/subuid': facts.subuids, '/etc/subgid': facts.subgids }
  const without = Object.entries(grants).flatMap(([file, ranges]) => (ranges.length === 0 ? [file] : []))
  if (facts.idMapTools && without.length === 0)
    return {
      ...base,
      status: 'ok',
      reason: '/etc/subuid and /etc/subgid grant ranges, and newuidmap is installed',
    }
  const reasons = [
    ...(facts.idMapTools ? [] : ['newuidmap or newgidmap is not installed']),
    ...(without.length === 0 ? [] : [`${without.join(' and ')} grant this user nothing`]),
  ]
  const commands = [
    ...(facts.idMapTools ? [] : ['apt-get install uidmap']),
    ...(without.length === 0 ? [] : [grantCommand(facts, without, user)]),
  ]
  return {
    ...base,
    status: 'degraded',
    reason: `${reasons.join('; ')}: containers get one user and one group id`,
    hint: `as root: ${commands.join('; ')}`,
  }
}

function grantCommand({ euid, spareIds }: Facts, without: readonly string[], user: string): string {
  const { start, count } = spareIds ?? FIRST_RANGE
  // usermod(8) knows users by name only; newuidmap(1) reads numbers too
  if (user === '') return without.map((file) => `echo ${euid}:${start}:${count} >>${file}`).join('; ')
  const options = without.map((file) => `--add-${file.slice('/etc/'.length)}s ${start}-${start + count - 1}`)
  return `usermod ${options.join(' ')} ${user}`
}
