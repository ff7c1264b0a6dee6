import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { errnoOf } from '@execd/linux/errno'
import { isReadableHere, thisProcess } from '../state/identity.js'
import { type OwnerFile, parseOwnerFile } from '../state/owner.js'
import type { StateRoot } from '../state/state-root.js'
import type { Syscalls } from '../sys/syscalls.js'

const FLAGS = constants.O_RDWR | constants.O_NOFOLLOW

/** An owner that has died. Its file is locked here as long as it is swept, so that nobody else does the same. */
export interface DeadOwner {
  readonly token: string
  readonly file: OwnerFile
  /** Its processes and groups can be looked at from here; else it was of another pid namespace. */
  readonly near: boolean
  /** The machine was started anew since: there is nothing of it but the file. */
  readonly past: boolean
}

/** The owners that have died, locked; `release` unlocks them, and takes the files away of those it is told. */
export interface DeadOwners {
  readonly dead: ReadonlyMap<string, DeadOwner>
  /** Tokens of the others. */
  readonly living: ReadonlySet<string>
  release(gone: ReadonlySet<string>): void
}

/** Looks at all owners; those that live are left out. Half-written files of dead ones are removed at once. */
export function findDeadOwners(root: StateRoot, sys: Syscalls): DeadOwners {
  const dead = new Map<string, DeadOwner>()
  const living = new Set<string>()
  const locks = new Map<string, number>()
  for (const name of root.owners.names()) {
    const lock = lockOf(root, sys, name)
    if (lock === null) {
      living.add(name)
      continue
    }
    if (name.startsWith('.')) {
      remove(root, name)
      closeSync(lock)
      continue
    }
    const file = parseOwnerFile(root.owners.read(name)?.toString('utf8') ?? '')
    const past = file.writer === null || file.writer.bootId !== thisProcess().bootId
    const near = past || (file.writer !== null && isReadableHere(file.writer))
    dead.set(name, { token: name, file, near, past })
    locks.set(name, lock)
  }
  return {
    dead,
    living,
    release(gone) {
      for (const [name, lock] of locks) {
        if (gone.has(name)) remove(root, name)
        closeSync(lock)
      }
      locks.clear()
    },
  }
}

/** Null: somebody holds it, its owner or another sweep, or it is gone. */
function lockOf(root: StateRoot, sys: Syscalls, name: string): number | null {
  let fd: number
  try {
    fd = openSync(root.owners.at(name), FLAGS)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return null
    throw error
  }
  if (sys.lock(fd)) return fd
  closeSync(fd)
  return null
}

function remove(root: StateRoot, name: string): void {
  try {
    unlinkSync(root.owners.at(name))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
