import type { MountInfo } from './mountinfo.js'

/** The mount that a path without symbolic links is on: of those at the longest matching place the last one, which covers the others. Pure. */
export function mountOf(mounts: readonly MountInfo[], path: string): MountInfo | undefined {
  return mounts
    .filter(({ mountPoint }) => mountPoint === path || isBelow(path, mountPoint))
    .reduce<MountInfo | undefined>(
      (best, one) => (best === undefined || one.mountPoint.length >= best.mountPoint.length ? one : best),
      undefined,
    )
}

/** Mount points below a path, outer ones first, each once. Pure. */
export function mountsBelow(mounts: readonly MountInfo[], path: string): string[] {
  const points = new Set(mounts.map(({ mountPoint }) => mountPoint))
  return [...points].filter((point) => isBelow(point, path)).sort()
}

function isBelow(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder === '/' ? '/' : `${folder}/`)
}
