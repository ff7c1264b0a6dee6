import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs'
import { posix } from 'node:path'

const MAX_LINKS = 20

/** What is at a path of a root, seen through its layers, the topmost first. */
export interface Found {
  readonly kind: 'directory' | 'file' | 'symlink' | 'other'
  /** The path on the host. */
  readonly hostPath: string
}

function kindOf(stats: Stats): Found['kind'] {
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  return stats.isFile() ? 'file' : 'other'
}

function lstat(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}

/** In one layer, never through a symbolic link: "hidden" is a whiteout of overlayfs or something in the way. */
function inLayer(layer: string, parts: readonly string[]): Found | 'hidden' | null {
  let path = layer
  for (const [index, part] of parts.entries()) {
    path = `${path}/${part}`
    const stats = lstat(path)
    if (stats === null) return null
    if (stats.isCharacterDevice() && stats.rdev === 0) return 'hidden'
    if (index === parts.length - 1) return { kind: kindOf(stats), hostPath: path }
    if (!stats.isDirectory()) return 'hidden'
  }
  return { kind: 'directory', hostPath: layer }
}

/** Looks a path up without following its last part, or any other, through symbolic links. Null when it is not there. */
export function lookup(layers: readonly string[], path: string): Found | null {
  const parts = path.split('/').filter(Boolean)
  for (const layer of layers) {
    const found = inLayer(layer, parts)
    if (found === 'hidden') return null
    if (found !== null) return found
  }
  return null
}

/** The first part of a path that is a symbolic link, with where it is on the host. */
function firstLink(layers: readonly string[], path: string): { path: string; hostPath: string } | null {
  const parts = path.split('/').filter(Boolean)
  for (let depth = 1; depth <= parts.length; depth++) {
    const here = `/${parts.slice(0, depth).join('/')}`
    const found = lookup(layers, here)
    if (found === null) return null
    if (found.kind === 'symlink') return { path: here, hostPath: found.hostPath }
  }
  return null
}

/** The path with every symbolic link followed inside the root, as a process there sees it. Null for a loop or a link that cannot be read. What is missing stays as it is. */
export function resolveInRoot(layers: readonly string[], path: string): string | null {
  let current = path
  for (let links = 0; links <= MAX_LINKS; links++) {
    const link = firstLink(layers, current)
    if (link === null) return current
    let target: string
    try {
      target = readlinkSync(link.hostPath)
    } catch {
      return null
    }
    current = posix.resolve(
      '/',
      posix.resolve(posix.dirname(link.path), target) + current.slice(link.path.length),
    )
  }
  return null
}

/** Text of a regular file of a root, at most `limit` bytes of it; "" when there is none. Never waits on a FIFO or a device. */
export function readInRoot(layers: readonly string[], path: string, limit: number): string {
  const real = resolveInRoot(layers, path)
  const found = real === null ? null : lookup(layers, real)
  if (found?.kind !== 'file') return ''
  let fd: number
  try {
    fd = openSync(found.hostPath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return ''
  }
  try {
    if (!fstatSync(fd).isFile()) return ''
    const buffer = Buffer.alloc(limit)
    let length = 0
    for (let size = -1; size !== 0 && length < limit; length += size)
      size = readSync(fd, buffer, length, limit - length, null)
    return buffer.toString('utf8', 0, length)
  } finally {
    closeSync(fd)
  }
}
