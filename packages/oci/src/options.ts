import { tmpdir } from 'node:os'
import { ADMIN_FOLDERS } from '@execd/linux/programs'
import { ociError } from './errors.js'

/** Options of the OCI driver. */
export interface OciOptions {
  /** The runtime: "runc", "crun", another program of the same command line by name, or its path. Default: the first of crun and runc that is installed. */
  readonly runtime?: string
  /** Where the runtime is searched: folders with ":" between. Default: PATH of this process, then the administrators' folders. */
  readonly toolPath?: string
  /**
   * Folder for bundles and other state, made when missing, with mode 0700; at most 60 characters. Drivers with the same folder know each other's detached
   * containers. Default: "/run/execd-oci"; of an ordinary user "execd-oci" in XDG_RUNTIME_DIR, else in the folder for temporary files, with the user's number.
   */
  readonly stateDir?: string
  /** Parent cgroup of containers without a `cgroupParent`. Default: "/execd", or the group that is delegated to this user. */
  readonly cgroupParent?: string
}

/** Options with what they default to. */
export interface CheckedOptions {
  /** Null: the first that is installed. */
  readonly runtime: string | null
  readonly toolPath: string
  readonly stateDir: string
  readonly cgroupParent: string | null
}

const MAX_STATE_DIR = 60 // the sockets in it have addresses of 108 characters

type Check = (value: unknown) => string | null

const isPath = (value: unknown): value is string =>
  typeof value === 'string' && /^(\/[^/\0]+)+$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value)

const CHECKS: Readonly<Record<keyof OciOptions, Check>> = {
  runtime: (value) =>
    isPath(value) || (typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(value))
      ? null
      : 'the name of a program, or an absolute path',
  toolPath: (value) =>
    typeof value === 'string' && value !== '' && !value.includes('\0')
      ? null
      : 'folders with ":" between them',
  stateDir: (value) =>
    isPath(value) && Buffer.byteLength(value) <= MAX_STATE_DIR
      ? null
      : `an absolute path of at most ${MAX_STATE_DIR} characters`,
  cgroupParent: (value) => (isPath(value) ? null : 'an absolute path'),
}

function invalid(name: string, value: unknown, wanted: string): Error {
  const got = JSON.stringify(value) ?? String(value)
  return ociError('EXECD_INVALID_OPTION', `oci driver, option ${name}: wanted ${wanted}, got ${got}`, {
    hint: `the options are ${Object.keys(CHECKS).join(', ')}`,
    details: { path: name, got, wanted },
  })
}

function defaultStateDir(): string {
  const uid = process.geteuid?.() ?? 0
  if (uid === 0) return '/run/execd-oci'
  const { XDG_RUNTIME_DIR: own } = process.env
  return isPath(own) && own.length < MAX_STATE_DIR / 2 ? `${own}/execd-oci` : `${tmpdir()}/execd-oci-${uid}`
}

/** Checks options as a caller gave them and fills in the defaults. Throws EXECD_INVALID_OPTION. */
export function checkOptions(options: unknown): CheckedOptions {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    throw invalid('options', options, 'an object')
  const given = (options ?? {}) as Record<string, unknown>
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof OciOptions] : undefined
    if (check === undefined) throw invalid(name, value, 'no such option')
    const wanted = value === undefined ? null : check(value)
    if (wanted !== null) throw invalid(name, value, wanted)
  }
  const { runtime, toolPath, stateDir, cgroupParent } = given as OciOptions
  return {
    runtime: runtime ?? null,
    toolPath: toolPath ?? [process.env.PATH ?? '', ...ADMIN_FOLDERS].join(':'),
    stateDir: stateDir ?? defaultStateDir(),
    cgroupParent: cgroupParent ?? null,
  }
}
