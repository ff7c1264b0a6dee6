import { ExecdError } from '@execd/core/driver'
import { RUNTIME_FOLDER } from './host/run-dir.js'

/** Options of the LXC driver. */
export interface LxcOptions {
  /** Where the lxc-* tools are searched: folders with ":" between. Default: PATH of this process, then /usr/sbin and /sbin. */
  readonly toolPath?: string
  /**
   * Folder for configurations and other state, made when missing, with mode 0711. Default: "execd-lxc" in /run, for an ordinary user in
   * $XDG_RUNTIME_DIR, /run/user/UID or /tmp/execd-UID. The container's root must be able to pass all folders above it, which only matters where that is mapped to another
   * user than the own one. Its letters are limited to A-Z a-z 0-9 / . _ -,
   * because LXC hands it to a shell.
   */
  readonly stateDir?: string
  /** Parent cgroup of containers without a `cgroupParent`; for an ordinary user, as that one, below the group of this process. Default: "/execd-lxc". */
  readonly cgroupParent?: string
  /** Lines of LXC configuration added to every container, after all others, such as "lxc.tty.max = 4". Not checked: they can undo any protection. Default: none. */
  readonly rawConfig?: readonly string[]
}

export type CheckedOptions = Required<LxcOptions>

const DEFAULT_STATE = `${RUNTIME_FOLDER}/execd-lxc`
const DEFAULT_CGROUP = '/execd-lxc'
const PATH = /^(\/[A-Za-z0-9._-]+)+$/

type Check = (value: unknown) => string | null

const path: Check = (value) =>
  typeof value === 'string' && PATH.test(value) && !/\/\.{1,2}(\/|$)/.test(value)
    ? null
    : 'an absolute path of A-Z a-z 0-9 / . _ -'

const CHECKS: Readonly<Record<keyof LxcOptions, Check>> = {
  toolPath: (value) =>
    typeof value === 'string' && value !== '' && !value.includes('\0')
      ? null
      : 'folders with ":" between them',
  stateDir: path,
  cgroupParent: path,
  rawConfig: (value) =>
    Array.isArray(value) &&
    value.every((line) => typeof line === 'string' && /^lxc\.[^\0\r\n=]+=[^\0\r\n]*$/.test(line))
      ? null
      : 'an array of lines "lxc.KEY = VALUE"',
}

function invalid(name: string, value: unknown, wanted: string): ExecdError {
  const got = JSON.stringify(value) ?? String(value)
  return new ExecdError('EXECD_INVALID_OPTION', `lxc driver, option ${name}: wanted ${wanted}, got ${got}`, {
    hint: `the options are ${Object.keys(CHECKS).join(', ')}`,
    details: { driver: 'lxc', path: name, got, wanted },
  })
}

/** Checks options as a caller gave them and fills in the defaults. Throws EXECD_INVALID_OPTION. */
export function checkOptions(options: unknown): CheckedOptions {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    throw invalid('options', options, 'an object')
  const given = (options ?? {}) as Record<string, unknown>
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof LxcOptions] : undefined
    if (check === undefined) throw invalid(name, value, 'no such option')
    const wanted = value === undefined ? null : check(value)
    if (wanted !== null) throw invalid(name, value, wanted)
  }
  const { toolPath, stateDir, cgroupParent, rawConfig } = given as LxcOptions
  return {
    toolPath: toolPath ?? `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
    stateDir: stateDir ?? DEFAULT_STATE,
    cgroupParent: cgroupParent ?? DEFAULT_CGROUP,
    rawConfig: rawConfig ?? [],
  }
}
