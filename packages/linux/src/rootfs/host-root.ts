import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** An entry of the host's root folder. */
export interface RootEntry {
  readonly name: string
  readonly kind: 'directory' | 'symlink'
  /** Where a symbolic link points. */
  readonly target: string
  /** A file system of its own is mounted there. */
  readonly mountPoint: boolean
  /** Other file systems are mounted below it. */
  readonly mountsBelow: boolean
}

/** Of the host's root, what a container never sees: other file systems, secrets, and what has a mount of its own. */
const HOST_HIDDEN: ReadonlySet<string> = new Set([
  'boot',
  'dev',
  'home',
  'lost+found',
  'media',
  'mnt',
  'proc',
  'root',
  'run',
  'sys',
  'tmp',
])
/** Empty folders in place of the host's, in a root that shows the host's files. */
export const HOST_EMPTY: ReadonlyArray<readonly [path: string, mode: number]> = [
  ['/run', 0o755],
  ['/tmp', 0o1777],
  ['/root', 0o700],
  ['/home', 0o755],
  ['/boot', 0o755],
  ['/media', 0o755],
  ['/mnt', 0o755],
]

/** What of the host's root folder a container sees. Pure. */
export function shownEntries(entries: readonly RootEntry[]): RootEntry[] {
  return entries.filter((entry) => !HOST_HIDDEN.has(entry.name))
}

/** The folders and links in the host's root folder. `mountPoints`: where something is mounted. */
export async function readRootEntries(mountPoints: readonly string[]): Promise<RootEntry[]> {
  const entries = await readdir('/', { withFileTypes: true })
  const wanted = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
  return Promise.all(
    wanted.map(async ({ name }): Promise<RootEntry> => {
      const path = join('/', name)
      const mountPoint = mountPoints.includes(path)
      const mountsBelow = mountPoints.some((point) => point.startsWith(`${path}/`))
      return { name, ...(await kindOf(path)), mountPoint, mountsBelow }
    }),
  )
}

async function kindOf(path: string): Promise<Pick<RootEntry, 'kind' | 'target'>> {
  try {
    return { kind: 'symlink', target: await readlink(path) }
  } catch {
    return { kind: 'directory', target: '' } // EINVAL: no link
  }
}
