import type { MountInfo } from './mountinfo.js'

/** Whether a mount cannot be reached by its path, because another one is mounted over it or over a folder that it is in. Pure. */
export function isCovered(mount: MountInfo, mounts: readonly MountInfo[]): boolean {
  const chain = chainOf(mount, mounts)
  return mounts.some((other) => {
    if (chain.includes(other) || !isAtOrAbove(other.mountPoint, mount.mountPoint)) return false
    const at = chain.findIndex(({ id }) => id === other.parent)
    if (at < 0) return false
    // On the same mount the path goes to whichever comes first on its way.
    const rival = chain[at - 1]
    return rival === undefined || other.mountPoint.length < rival.mountPoint.length
  })
}

/** A mount, the one that it is mounted on, and so on. */
function chainOf(mount: MountInfo, mounts: readonly MountInfo[]): MountInfo[] {
  const chain = [mount]
  for (;;) {
    const parent = mounts.find(({ id }) => id === chain.at(-1)?.parent)
    if (parent === undefined || chain.includes(parent)) return chain
    chain.push(parent)
  }
}

function isAtOrAbove(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}
