import { type BigIntStats, statSync } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'

/** Magic numbers (statfs(2)) of file systems that answer at once: ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, ramfs, overlay, squashfs, EROFS, ZFS, bcachefs. */
const PROMPT: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994, 0x858458f6, 0x794c7630, 0x73717368, 0xe0f5e1e2,
  0x2fc12fc1, 0xca451a4e,
])

/** Which file or folder it is. */
export interface Identity {
  readonly path: string
  readonly device: bigint
  readonly inode: bigint
}

const identity = (path: string, { dev, ino }: BigIntStats): Identity => ({ path, device: dev, inode: ino })

/** What is at the paths. Null when something is missing, or on a file system that may keep who asks waiting. */
export async function identify(paths: readonly string[]): Promise<Identity[] | null> {
  try {
    return await Promise.all(
      paths.map(async (path) => {
        const { type } = await statfs(path)
        if (!PROMPT.has(type)) throw new Error('it may not answer at once')
        return identity(path, await stat(path, { bigint: true }))
      }),
    )
  } catch {
    return null
  }
}

/** Whether the same is there still. Asks at once, which takes some microseconds on the file systems that `identify` lets through. */
export function areUnchanged(sources: readonly Identity[]): boolean {
  return sources.every(({ path, device, inode }) => {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false })
    return now !== undefined && now.dev === device && now.ino === inode
  })
}
