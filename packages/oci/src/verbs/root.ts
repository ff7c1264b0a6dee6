import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import type { Command, Rootfs } from '@execd/core/driver'
import { parseMountInfo } from '@execd/linux/mounts'
import { fileError, ociError } from '../errors.js'
import type { KeeperMount } from '../keeper/plan.js'
import type { OciMount } from '../spec/oci-types.js'

const [NOSUID, NODEV] = [2, 4] // MS_NOSUID, MS_NODEV

/** A root file system for a runtime. */
export interface PlannedRoot {
  /** Its folder, once everything is mounted. */
  readonly path: string
  /** What has to be mounted for it. */
  readonly mounts: readonly KeeperMount[]
  /** What covers parts of it in the container. */
  readonly covers: readonly OciMount[]
  /** Where its files are on the host before that, the topmost first. */
  readonly layers: readonly string[]
}

function checkFolder(path: string): void {
  let stats: Stats
  try {
    stats = statSync(path)
  } catch (error) {
    throw fileError('EXECD_ROOTFS', `use the root file system: ${path}`, error)
  }
  if (stats.isDirectory()) return
  throw ociError('EXECD_ROOTFS', `${path} is no directory`, {
    details: { path: 'rootfs', errno: 'ENOTDIR', step: 'use the root file system' },
  })
}

/** In the data of a mount a comma ends an option, and in that of an overlay a colon a layer (ovl_unescape in fs/overlayfs/params.c). */
const escaped = (path: string): string => path.replace(/[\\,:]/g, '\\$&')

function overlay(
  target: string,
  lower: readonly string[],
  upper: string,
  work: string,
  flags = 0,
): KeeperMount {
  const data = `lowerdir=${lower.map(escaped).join(':')},upperdir=${escaped(upper)},workdir=${escaped(work)}`
  return { type: 'overlay', source: 'overlay', target, flags, data }
}

const folder = (target: string): KeeperMount => ({ type: 'folder', source: '', target, flags: 0, data: '' })

/** A throw-away layer in memory, with a pair of folders for each overlay that uses it. */
function scratch(dir: string, size: number | null, pairs: number): KeeperMount[] {
  const data = `mode=0755${size === null ? '' : `,size=${size}`}`
  return [
    { type: 'tmpfs', source: 'execd', target: dir, flags: NOSUID | NODEV, data },
    ...Array.from({ length: pairs }, (_, index) => [
      folder(`${dir}/upper${index}`),
      folder(`${dir}/work${index}`),
    ]).flat(),
  ]
}

function planOverlay(rootfs: Extract<Rootfs, { type: 'overlay' }>, dir: string): PlannedRoot {
  const { lower, upper, work, size } = rootfs
  const layers = upper === null ? lower : [upper, ...lower]
  for (const path of work === null ? layers : [...layers, work]) checkFolder(path)
  const path = `${dir}/rootfs`
  const own = `${dir}/scratch`
  const mounts =
    upper !== null && work !== null
      ? [overlay(path, lower, upper, work)]
      : [...scratch(own, size, 1), overlay(path, lower, `${own}/upper0`, `${own}/work0`)]
  return { path, mounts, covers: [], layers }
}

/** Of the host's root, what a container never sees: an empty folder with this mode takes its place. */
const HOST_EMPTY: ReadonlyArray<readonly [path: string, mode: string]> = [
  ['/run', '0755'],
  ['/tmp', '1777'],
  ['/root', '0700'],
  ['/home', '0755'],
  ['/boot', '0755'],
  ['/media', '0755'],
  ['/mnt', '0755'],
]
const HOST_COVERED: ReadonlySet<string> = new Set([
  ...HOST_EMPTY.map(([path]) => path),
  '/dev',
  '/proc',
  '/sys',
])

/** Top folders of the host that are file systems of their own, which an overlay of "/" does not show. */
function mountedTopFolders(): string[] {
  const mounts = new Set(
    parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).map(({ mountPoint }) => mountPoint),
  )
  return readdirSync('/', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `/${name}`)
    .filter((path) => mounts.has(path) && !HOST_COVERED.has(path))
}

function planHost({ size }: Extract<Rootfs, { type: 'host' }>, dir: string): PlannedRoot {
  const path = `${dir}/rootfs`
  const own = `${dir}/scratch`
  const parts = ['/', ...mountedTopFolders()]
  const limit = size === null ? [] : [`size=${size}`]
  return {
    path,
    mounts: [
      ...scratch(own, size, parts.length),
      ...parts.map((part, index) =>
        overlay(
          part === '/' ? path : `${path}${part}`,
          [part],
          `${own}/upper${index}`,
          `${own}/work${index}`,
          NOSUID | NODEV,
        ),
      ),
    ],
    covers: HOST_EMPTY.map(([destination, mode]) => ({
      destination,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', `mode=${mode}`, ...limit],
    })),
    layers: ['/'],
  }
}

/** The root file system of a command; layers are mounted below `dir`. Throws EXECD_ROOTFS. */
export function planRoot({ rootfs }: Command, dir: string): PlannedRoot {
  switch (rootfs.type) {
    case 'directory':
      checkFolder(rootfs.path)
      return { path: rootfs.path, mounts: [], covers: [], layers: [rootfs.path] }
    case 'overlay':
      return planOverlay(rootfs, dir)
    default:
      return planHost(rootfs, dir)
  }
}
