/** What the words of a mount's `options` mean: flags to set, flags to clear, propagation, and data for the file system. */
export interface MountOptions {
  readonly readonly: boolean
  readonly nosuid: boolean
  readonly nodev: boolean
  readonly noexec: boolean
  readonly atime: 'relatime' | 'noatime' | 'strictatime'
  readonly nodiratime: boolean
  readonly nosymfollow: boolean
  /** Bind the whole tree below the source (mount(8) rbind), or the one mount only. */
  readonly recursive: boolean
  readonly propagation: Propagation
  /** Ids of the files are ids inside the container's user namespace: of the one mount, or of the whole tree. */
  readonly idmap: 'none' | 'mount' | 'tree'
  /** Options of the file system itself, such as `size` of tmpfs, in order. */
  readonly data: ReadonlyArray<readonly [key: string, value: string]>
}

export type Propagation = 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'

const PROPAGATION: ReadonlySet<string> = new Set([
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
])

const TMPFS_DATA: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    size: /^\d+[kmgKMG%]?$/,
    mode: /^[0-7]{3,4}$/,
    uid: /^\d+$/,
    gid: /^\d+$/,
    nr_inodes: /^\d+[kmgKMG]?$/,
    nr_blocks: /^\d+[kmgKMG]?$/,
  }),
)

type Mutable = { -readonly [K in keyof MountOptions]: MountOptions[K] } & {
  data: Array<readonly [string, string]>
}

const WORDS: ReadonlyMap<string, Partial<MountOptions>> = new Map(
  Object.entries({
    ro: { readonly: true },
    rw: { readonly: false },
    nosuid: { nosuid: true },
    suid: { nosuid: false },
    nodev: { nodev: true },
    dev: { nodev: false },
    noexec: { noexec: true },
    exec: { noexec: false },
    noatime: { atime: 'noatime' },
    relatime: { atime: 'relatime' },
    strictatime: { atime: 'strictatime' },
    nodiratime: { nodiratime: true },
    diratime: { nodiratime: false },
    nosymfollow: { nosymfollow: true },
    bind: { recursive: false },
    rbind: { recursive: true },
    idmap: { idmap: 'mount' },
    ridmap: { idmap: 'tree' },
  }),
)

const BIND_ONLY: ReadonlySet<string> = new Set(['bind', 'rbind', 'idmap', 'ridmap'])

const DEFAULTS = {
  bind: { noexec: false, data: [] },
  tmpfs: { noexec: true, data: [] },
} as const

/**
 * Reads the words of a mount's `options` (mount(8), OCI runtime specification "mounts"). Defaults: `nosuid,nodev,rprivate` for every mount, `rbind` for a
 * bind, `noexec` for a tmpfs; a later word wins. Returns the words that mean nothing for this type as `unknown`.
 */
export function parseMountOptions(
  type: 'bind' | 'tmpfs',
  words: readonly string[],
): { options: MountOptions; unknown: string[] } {
  const unknown: string[] = []
  const options: Mutable = {
    readonly: false,
    nosuid: true,
    nodev: true,
    noexec: DEFAULTS[type].noexec,
    atime: 'relatime',
    nodiratime: false,
    nosymfollow: false,
    recursive: true,
    propagation: 'rprivate',
    idmap: 'none',
    data: [],
  }
  for (const word of words) {
    const [, key = '', value] = /^([^=]*)=(.*)$/s.exec(word) ?? []
    const set = WORDS.get(word)
    if (PROPAGATION.has(word)) options.propagation = word as Propagation
    else if (set !== undefined && !(type === 'tmpfs' && BIND_ONLY.has(word))) Object.assign(options, set)
    else if (type === 'tmpfs' && value !== undefined && TMPFS_DATA.get(key)?.test(value) === true)
      options.data.push([key, value])
    else unknown.push(word)
  }
  return { options, unknown }
}
