import { statSync } from 'node:fs'

/** An ordinary user's folder that a reboot empties: of $XDG_RUNTIME_DIR and /run/user/UID the first that is the user's own; null where neither is. Pure but for the look at what there is. */
export function runtimeFolder(
  uid: number,
  runtimeDir: string | undefined,
  isOwnFolder: (path: string) => boolean,
): string | null {
  const folders = [runtimeDir ?? '', `/run/user/${uid}`].filter((path) => path.startsWith('/'))
  return folders.find(isOwnFolder) ?? null
}

function isOwnFolder(path: string): boolean {
  try {
    const stats = statSync(path)
    return stats.isDirectory() && stats.uid === process.geteuid?.()
  } catch {
    return false
  }
}

/** The one of this process. */
export function ownRuntimeFolder(): string | null {
  return runtimeFolder(process.geteuid?.() ?? 0, process.env.XDG_RUNTIME_DIR, isOwnFolder)
}
