import { accessSync, constants, readFileSync } from 'node:fs'
import { ExecdError } from '@execd/core/driver'
import { joinPath } from '../text.js'
import type { CgroupFacts, CgroupLayout, CgroupPlace, Unavailable } from '../types.js'
import { readFacts } from './facts.js'
import { detectLayout } from './layout.js'
import { findPlace, type PlaceReaders } from './paths.js'

/** What this host's cgroups offer. */
export interface CgroupsOfHost {
  readonly layout: CgroupLayout
  readonly place: CgroupPlace | null
  /** Why there is no place. */
  readonly missing: Unavailable | null
  readonly facts: CgroupFacts
}

const NO_FACTS: CgroupFacts = { files: new Set(), swapAreas: false, hierarchical: true }

/**
 * Reads the layout, finds the place below which groups are made (`parent`: an absolute path from the top of the hierarchies, null:
 * chosen) and tries it: its groups are made when missing. Never rejects for what the host lacks: `missing` then says why.
 */
export async function readCgroups(parent: string | null): Promise<CgroupsOfHost> {
  const layout = readLayout()
  const { place, missing } = findPlace(layout, { parent }, hostReaders)
  if (place === null) return { layout, place, missing, facts: NO_FACTS }
  try {
    return { layout, place, missing, facts: await readFacts(place) }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    return { layout, place: null, missing: { reason: error.message, hint: error.hint }, facts: NO_FACTS }
  }
}

/** The layout of this host. */
export function readLayout(): CgroupLayout {
  return detectLayout({
    mountinfo: read('/proc/self/mountinfo') ?? '',
    cgroup: read('/proc/self/cgroup') ?? '',
    controllers: (mountPoint) => read(joinPath(mountPoint, 'cgroup.controllers')),
  })
}

const hostReaders: PlaceReaders = { read, writable }

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
