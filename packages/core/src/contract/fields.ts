import type { Command, Resources } from '../command/command.js'
import type { OptionalVerb } from './capabilities.js'

/** One thing that a command asks for. */
export interface RequestedField {
  /** The key that capabilities are declared by. */
  readonly key: string
  /** The path in the command, for people. */
  readonly path: string
}

/** Answered by core alone, or no wish at all. */
export const NOT_ASKED: ReadonlySet<string> = new Set(['id', 'labels', 'hooks.poststart', 'hooks.poststop'])

/** Asked of a verb, not of a field: a driver that has the verb has it all. */
export const VERB_FIELDS: Readonly<Record<string, OptionalVerb>> = { 'hooks.prestart': 'prestart' }

/** Objects that are one wish, whatever is in them. */
export const RECORDS: ReadonlySet<string> = new Set([
  'process.env',
  'process.consoleSize',
  'resources.unified',
  'sysctl',
])

/** Leaves whose value decides, with every value they may have. */
export const VALUED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'rootfs.type': ['directory', 'overlay', 'host'],
  'network.mode': ['none', 'host', 'bridge', 'container', 'path'],
  'namespaces.pid': ['private', 'host', 'container', 'path'],
  'namespaces.ipc': ['private', 'host', 'container', 'path'],
  'namespaces.uts': ['private', 'host', 'container', 'path'],
  'namespaces.cgroup': ['private', 'host'],
  'namespaces.user': ['auto', 'private', 'host'],
  seccomp: ['default', 'unconfined', 'profile'],
  mounts: ['bind', 'tmpfs', 'idmap'],
}

/** The key of a mount whose file owners are mapped. */
export const ID_MAPPED = 'mounts=idmap'

/** Words of a mount that ask for mapped owners. */
export const ID_MAP_WORDS: ReadonlySet<string> = new Set(['idmap', 'ridmap'])

const isIdMapped = (mount: Command['mounts'][number]): boolean =>
  mount.options.some((word) => ID_MAP_WORDS.has(word))

function valueName(path: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (path === 'seccomp') return 'profile'
  return typeof value === 'object' && value !== null && 'container' in value ? 'container' : 'path'
}

function asksNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** What a part of a command asks for, in its order: every leaf that is not null, false or empty. `at` is the path of the part. */
function requested(at: string, part: unknown): RequestedField[] {
  const found: RequestedField[] = []
  const visit = (path: string, value: unknown): void => {
    if (NOT_ASKED.has(path) || asksNothing(value)) return
    if (path === 'mounts') {
      for (const [index, mount] of (value as Command['mounts']).entries()) {
        found.push({ key: `mounts=${mount.type}`, path: `mounts[${index}]` })
        if (isIdMapped(mount)) found.push({ key: ID_MAPPED, path: `mounts[${index}].options` })
      }
    } else if (path in VALUED_FIELDS) {
      found.push({ key: `${path}=${valueName(path, value)}`, path })
    } else if (typeof value !== 'object' || Array.isArray(value) || RECORDS.has(path)) {
      found.push({ key: path, path })
    } else {
      for (const [key, inner] of Object.entries(value as object))
        visit(path === '' ? key : `${path}.${key}`, inner)
    }
  }
  visit(at, part)
  return found
}

/** What a command asks for, in its order: every leaf that is not null, false or empty. Pure. */
export function requestedFields(command: Command): RequestedField[] {
  return requested('', command)
}

/** What resources of `update` ask for, by the same keys as in a command. */
export function requestedByResources(resources: Resources): RequestedField[] {
  return requested('resources', resources)
}
