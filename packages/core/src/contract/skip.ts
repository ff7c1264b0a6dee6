import type { Command } from '../command/command.js'
import { ExecdError } from '../errors/execd-error.js'
import { closest } from '../util/edit-distance.js'
import { fieldKeys } from './field-keys.js'
import { ID_MAP_WORDS, ID_MAPPED, type RequestedField, VALUED_FIELDS, VERB_FIELDS } from './fields.js'

/** Without these there is no command. */
const NEVER: readonly string[] = ['rootfs', 'process.args']

const within = (key: string, prefix: string): boolean =>
  key === prefix || (key.startsWith(prefix) && /^[.=[]/.test(key.slice(prefix.length)))

/** Whether the caller's list names the field: by its key, a prefix of it such as "resources.cpu", or its path such as "mounts[0]". */
export function isSkipped(field: RequestedField, skip: readonly string[]): boolean {
  if (NEVER.some((prefix) => within(field.path, prefix))) return false
  return skip.some((prefix) => within(field.key, prefix) || within(field.path, prefix))
}

/**
 * Refuses names in `skipUnsupported` that name no field, or one that cannot be left out.
 *
 * @throws ExecdError EXECD_INVALID_OPTION
 */
export function checkSkipNames(skip: readonly string[]): void {
  const known = [...fieldKeys(), ...Object.keys(VERB_FIELDS)]
  for (const name of skip) {
    const wrong = (wanted: string) => {
      const details = { path: 'skipUnsupported', got: JSON.stringify(name), wanted }
      throw new ExecdError('EXECD_INVALID_OPTION', `skipUnsupported: wanted ${wanted}, got ${details.got}`, {
        details,
      })
    }
    const field = name.replace(/\[\d+\]$/, '')
    if (NEVER.some((prefix) => within(field, prefix)))
      wrong('fields that can be left out: not the rootfs and not `process.args`')
    if (known.some((key) => within(key, field))) continue
    const meant = closest(name, [...new Set(known.flatMap(prefixes))])
    wrong(
      meant === undefined
        ? 'the key of a field, such as "resources.memory.limit", or a prefix of one'
        : `the key of a field; did you mean "${meant}"?`,
    )
  }
}

/** "a.b=c" as "a", "a.b" and "a.b=c". */
function prefixes(key: string): string[] {
  return [...key.matchAll(/[.=]|$/g)].map(({ index }) => key.slice(0, index))
}

/** What a valued field may fall back to, the safest first; the last one asks nothing. */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  'network.mode': ['none', 'host'],
  'namespaces.pid': ['private', 'host'],
  'namespaces.ipc': ['private', 'host'],
  'namespaces.uts': ['private', 'host'],
  'namespaces.cgroup': ['private', 'host'],
  'namespaces.user': ['private', 'host'],
  seccomp: ['default', 'unconfined'],
}

/** Where an empty value of the same kind would not do: what there is when nobody asks. */
const PLAIN: Readonly<Record<string, unknown>> = {
  'process.cwd': '/',
  'process.umask': 0o022,
  'process.consoleSize': null,
}

function emptyOf(value: unknown): unknown {
  if (Array.isArray(value)) return []
  if (typeof value === 'boolean') return false
  return typeof value === 'object' && value !== null ? {} : null
}

/** The command with a field changed to what asks nothing, or to the safest value that the driver supports. Pure. */
export function withoutField(
  command: Command,
  field: RequestedField,
  supported: (key: string) => boolean,
): Command {
  const { path } = field
  if (field.key === ID_MAPPED) {
    const plain = (options: readonly string[]) => options.filter((word) => !ID_MAP_WORDS.has(word))
    return {
      ...command,
      mounts: command.mounts.map((mount) => ({ ...mount, options: plain(mount.options) })),
    }
  }
  if (field.key.startsWith('mounts=')) {
    return { ...command, mounts: command.mounts.filter((mount) => `mounts=${mount.type}` !== field.key) }
  }
  if (path in VALUED_FIELDS) {
    const choices = FALLBACKS[path] ?? []
    const value = choices.find((choice) => supported(`${path}=${choice}`)) ?? choices.at(-1)
    if (path === 'network.mode')
      return { ...command, network: { mode: value as 'none', container: null, path: null, interfaces: [] } }
    return changed(command, path.split('.'), () => value) as Command
  }
  return changed(command, path.split('.'), (value) =>
    path in PLAIN ? PLAIN[path] : emptyOf(value),
  ) as Command
}

function changed(value: unknown, path: readonly string[], to: (value: unknown) => unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return to(value)
  const object = value as Readonly<Record<string, unknown>>
  return { ...object, [head]: changed(object[head], rest, to) }
}
