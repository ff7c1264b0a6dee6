import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { errnoOf } from '@execd/linux/errno'
import type { Syscalls } from '../sys/syscalls.js'
import { parseWriter, thisProcess, type Writer } from './identity.js'
import { type ProcessRecord, parseRecords } from './record.js'
import type { StateRoot } from './state-root.js'

const FLAGS =
  constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_APPEND
const TRIES = 100
const PARENT = 'parent '
/** Before records of containers without a cgroup, which nothing else would find. */
export const RECORD_PREFIX = 'process '

/**
 * A driver that may have containers, for others to know whether it lives: a file that it keeps locked. The kernel lets the lock go with the process, in
 * whatever way it ends and in whatever pid namespace it is.
 */
export class Owner {
  /** What its cgroups and links are tagged with. */
  readonly token: string
  /** Path of its file. */
  readonly path: string
  readonly #root: StateRoot
  readonly #fd: number
  readonly #parents = new Set<string>()

  private constructor(root: StateRoot, token: string, fd: number) {
    this.#root = root
    this.#fd = fd
    this.token = token
    this.path = `${root.path}/owners/${token}`
  }

  /** Throws the system's error. */
  static create(root: StateRoot, sys: Syscalls): Owner {
    for (let left = TRIES; ; left--) {
      const token = randomBytes(8).toString('hex')
      // a file is there by its name only when it is locked and whole; a sweep may take one that is not yet
      const aside = `.${token}`
      const fd = openSync(root.owners.at(aside), FLAGS, 0o600)
      try {
        sys.lock(fd)
        writeSync(fd, `${JSON.stringify(thisProcess())}\n`)
        renameSync(root.owners.at(aside), root.owners.at(token))
        return new Owner(root, token, fd)
      } catch (error) {
        closeSync(fd)
        if (errnoOf(error) !== 'ENOENT' || left === 0) throw error
      }
    }
  }

  /** Writes down where its groups are, before there are any. */
  uses(parents: readonly string[]): void {
    for (const dir of parents) {
      if (this.#parents.has(dir)) continue
      writeSync(this.#fd, `${PARENT}${JSON.stringify(dir)}\n`)
      this.#parents.add(dir)
    }
  }

  /** Lets the lock go. `clean`: nothing of it is left, so nobody need look. */
  close(clean: boolean): void {
    if (clean) unlinkSync(this.#root.owners.at(this.token))
    closeSync(this.#fd)
  }
}

/** What the file of an owner says. */
export interface OwnerFile {
  /** Null: it was not written whole. */
  readonly writer: Writer | null
  /** Folders of cgroups in which it made groups. */
  readonly parents: readonly string[]
  readonly records: readonly ProcessRecord[]
}

/** Pure. */
export function parseOwnerFile(text: string): OwnerFile {
  const [first = '', ...lines] = text.split('\n')
  const parents = lines
    .filter((line) => line.startsWith(PARENT))
    .flatMap((line) => {
      try {
        return [String(JSON.parse(line.slice(PARENT.length)))]
      } catch {
        return []
      }
    })
  const records = parseRecords(lines.filter((line) => line.startsWith(RECORD_PREFIX)).join('\n'))
  return { writer: parseWriter(first), parents, records }
}
