import { effectiveCapabilities, type ProcessSpec } from '@execd/core/driver'
import { unsupported } from '../errors.js'
import type { OciInteger, OciProcess, OciUser } from './oci-types.js'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const DEFAULT_SIZE = { height: 24, width: 80 }
const INFINITY = 2n ** 64n - 1n // RLIM_INFINITY of 64-bit Linux

/** Who a process runs as, in numbers, and where it lives. */
export interface NumericUser {
  readonly uid: number
  readonly gid: number
  readonly additionalGids: readonly number[]
  /** Becomes HOME where the command names none; null: no HOME. */
  readonly home: string | null
}

/** What a process of the specification depends on beside the command. */
export interface ProcessContext {
  readonly user: NumericUser
  /** Names of the capabilities that the kernel has; others would be warned about. */
  readonly capabilities: ReadonlySet<string>
}

/** The user of a command that names everybody by number. Throws EXECD_UNSUPPORTED for a name: only a root file system can tell who that is. */
export function numericUser({ user, additionalGroups }: ProcessSpec): NumericUser {
  const [uid = '0', gid] = (user ?? '0').split(':')
  const number = (text: string, field: string): number => {
    if (/^\d+$/.test(text)) return Number(text)
    throw unsupported(
      field,
      `only numbers are known here, not "${text}"`,
      'give `user` as an option, looked up in the root file system',
    )
  }
  return {
    uid: number(uid, 'process.user'),
    gid: gid === undefined ? number(uid, 'process.user') : number(gid, 'process.user'),
    additionalGids: additionalGroups.map((name) => number(name, 'process.additionalGroups')),
    home: null,
  }
}

const limit = (value: number | 'unlimited'): OciInteger => (value === 'unlimited' ? INFINITY : value)

function environment(process: ProcessSpec, home: string | null): string[] {
  const defaults = {
    PATH: DEFAULT_PATH,
    ...(home === null ? {} : { HOME: home }),
    ...(process.terminal ? { TERM: 'xterm' } : {}),
  }
  return Object.entries({ ...defaults, ...process.env }).map(([name, value]) => `${name}=${value}`)
}

function userOf({ uid, gid, additionalGids }: NumericUser, umask: number): OciUser {
  return { uid, gid, umask, ...(additionalGids.length === 0 ? {} : { additionalGids }) }
}

/** A process as the specification has it. Inheritable capabilities are the ambient ones only (CVE-2022-29162). Pure. */
export function toOciProcess(process: ProcessSpec, { user, capabilities }: ProcessContext): OciProcess {
  const set = effectiveCapabilities(process.capabilities).filter((name) => capabilities.has(name))
  const ambient = process.capabilities.ambient.filter((name) => capabilities.has(name))
  return {
    terminal: process.terminal,
    ...(process.terminal ? { consoleSize: process.consoleSize ?? DEFAULT_SIZE } : {}),
    user: userOf(user, process.umask),
    args: process.args,
    env: environment(process, user.home),
    cwd: process.cwd,
    capabilities: { bounding: set, effective: set, permitted: set, inheritable: ambient, ambient },
    ...(process.rlimits.length === 0
      ? {}
      : {
          rlimits: process.rlimits.map(({ type, soft, hard }) => ({
            type,
            soft: limit(soft),
            hard: limit(hard),
          })),
        }),
    noNewPrivileges: process.noNewPrivileges,
    ...(process.oomScoreAdj === null ? {} : { oomScoreAdj: process.oomScoreAdj }),
    ...(process.apparmorProfile === null ? {} : { apparmorProfile: process.apparmorProfile }),
    ...(process.selinuxLabel === null ? {} : { selinuxLabel: process.selinuxLabel }),
  }
}
