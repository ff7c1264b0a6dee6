import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { posix } from 'node:path'
import type { Command } from '@execd/core/driver'
import { type Found, lookup } from '@execd/linux/rootfs'

const MAX_LINKS = 20

/** A container's files as they will be, seen from the host before it exists: its layers, and what is mounted over them. */
export interface RootView {
  /** Folders of the host, the topmost first. */
  readonly layers: readonly string[]
  /** The later one wins; null: an empty file system. */
  readonly mounts: ReadonlyArray<{ readonly at: string; readonly source: string | null }>
}

/** The view of a command's root file system with its mounts. */
export function viewOf({ mounts }: Command, layers: readonly string[]): RootView {
  return {
    layers,
    mounts: mounts.map((mount) => ({
      at: mount.destination,
      source: mount.type === 'bind' ? mount.source : null,
    })),
  }
}

const isAtOrBelow = (path: string, at: string): boolean => path === at || path.startsWith(`${at}/`)

/** What is at a path, whose last part is not followed. Null when it is not there. */
export function lookupIn({ layers, mounts }: RootView, path: string): Found | null {
  const over = mounts.findLast(({ at }) => isAtOrBelow(path, at))
  if (over === undefined) return lookup(layers, path) ?? mountPoint(mounts, path)
  const rest = path.slice(over.at.length)
  if (over.source === null)
    return rest === '' ? { kind: 'directory', hostPath: '' } : mountPoint(mounts, path)
  if (rest !== '') return lookup([over.source], rest) ?? mountPoint(mounts, path)
  const stats = existsSync(over.source) ? lstatSync(over.source) : null
  return stats === null ? null : { kind: stats.isDirectory() ? 'directory' : 'file', hostPath: over.source }
}

/** Folders on the way to a mount are made for it. */
function mountPoint(mounts: RootView['mounts'], path: string): Found | null {
  return mounts.some(({ at }) => at.startsWith(`${path}/`)) ? { kind: 'directory', hostPath: '' } : null
}

/** The path with every symbolic link followed as a process in the container would. Null for a loop. What is missing stays as it is. */
export function resolveIn(view: RootView, path: string): string | null {
  let current = path
  for (let links = 0; links <= MAX_LINKS; links++) {
    const link = firstLink(view, current)
    if (link === null) return current
    current =
      posix.resolve('/', posix.dirname(link.at), readlinkSync(link.hostPath)) + current.slice(link.at.length)
  }
  return null
}

function firstLink(view: RootView, path: string): { at: string; hostPath: string } | null {
  const parts = path.split('/').filter(Boolean)
  for (let depth = 1; depth <= parts.length; depth++) {
    const at = `/${parts.slice(0, depth).join('/')}`
    const found = lookupIn(view, at)
    if (found === null) return null
    if (found.kind === 'symlink') return { at, hostPath: found.hostPath }
  }
  return null
}
