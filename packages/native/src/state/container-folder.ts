import {
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { type Command, ExecdError } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'
import type { Syscalls } from '../sys/syscalls.js'
import { type Exited, type Reading, readState, stateText } from './container-state.js'
import { Folder } from './folder.js'
import { parseWriter, thisProcess } from './identity.js'
import type { StateRoot } from './state-root.js'

/** Files in the folder of a container. */
export const FILES = {
  state: 'state.json',
  /** Written by the monitor before the command runs. */
  record: 'record',
  /** The monitor's last word. */
  status: 'status',
  /** On which a monitor without an owner waits for one. */
  socket: 'socket',
  /** Locked by the owner. */
  lock: 'lock',
} as const

const LOCK_FLAGS = constants.O_RDWR | constants.O_NOFOLLOW

const TRIES = 20

let made = 0

/** The folder of a detached container, as long as this object holds it open. */
export class ContainerFolder {
  readonly id: string
  readonly folder: Folder
  readonly #root: StateRoot
  readonly #sys: Syscalls
  #lock: number | null = null

  private constructor(root: StateRoot, sys: Syscalls, id: string, folder: Folder) {
    this.#root = root
    this.#sys = sys
    this.id = id
    this.folder = folder
  }

  /** Path, for the plan. */
  get path(): string {
    return `${this.#root.path}/containers/${this.id}`
  }

  /**
   * A new one, with what is written down of the container, owned by this process: it is there by its name whole and locked, or not at all. Null: the id is taken.
   * `token`: of the owner, so that what is half made can be told from what is being made.
   */
  static create(
    root: StateRoot,
    sys: Syscalls,
    token: string,
    id: string,
    state: string,
  ): ContainerFolder | null {
    const aside = asideName(token)
    mkdirSync(root.containers.at(aside), { mode: 0o700 })
    const made = new ContainerFolder(root, sys, id, Folder.open(root.containers.at(aside)))
    try {
      for (const [name, text] of [
        [FILES.lock, ''],
        [FILES.record, ''],
        [FILES.state, state],
      ] as const) {
        writeFileSync(made.folder.at(name), text, { flag: 'wx', mode: 0o600 })
      }
      if (!made.own()) throw new ExecdError('EXECD_INTERNAL', 'a new lock is held by somebody else')
      renameSync(root.containers.at(aside), root.containers.at(id))
      return made
    } catch (error) {
      made.#discard(aside)
      if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return null
      throw error
    }
  }

  /** That of an id; null when there is none. */
  static open(root: StateRoot, sys: Syscalls, id: string): ContainerFolder | null {
    try {
      return new ContainerFolder(root, sys, id, Folder.open(root.containers.at(id)))
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'ELOOP')
        return null
      throw error
    }
  }

  read(): Reading {
    const file = (name: string): Buffer | null => this.folder.read(name)
    return readState({ state: file(FILES.state), record: file(FILES.record), status: file(FILES.status) })
  }

  /** How it ended, when that is kept. */
  exited(): Exited | null {
    const reading = this.read()
    return reading.kind === 'container' ? reading.exited : null
  }

  /** Writes the command down anew, as a whole: whoever takes the container over next finds it so. */
  rewriteCommand(command: Command): void {
    const reading = this.read()
    if (reading.kind !== 'container') return
    const aside = `${FILES.state}.new`
    rmSync(this.folder.at(aside), { force: true })
    writeFileSync(this.folder.at(aside), stateText({ ...reading.state, command }), {
      flag: 'wx',
      mode: 0o600,
    })
    renameSync(this.folder.at(aside), this.folder.at(FILES.state))
  }

  /** Makes this object the owner, unless somebody else is, or the folder has gone meanwhile. Of many at the same time one succeeds. */
  own(): boolean {
    let fd: number
    try {
      fd = openSync(this.folder.at(FILES.lock), LOCK_FLAGS)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw error
    }
    try {
      if (this.#sys.lock(fd)) {
        ftruncateSync(fd, 0)
        writeSync(fd, JSON.stringify(thisProcess()), 0)
        this.#lock = fd
        return true
      }
    } finally {
      if (this.#lock !== fd) closeSync(fd)
    }
    return false
  }

  /** Whether it still has its name: one who waited for the lock may have got that of a folder which its owner had removed. */
  get isThere(): boolean {
    return this.folder.isAt(this.#root.containers, this.id)
  }

  /** Process id of the living owner, 0 when it is of another pid namespace; null: nobody owns it. */
  owner(): number | null {
    let fd: number
    try {
      fd = openSync(this.folder.at(FILES.lock), LOCK_FLAGS)
    } catch {
      return null
    }
    try {
      if (!this.#sys.isLocked(fd)) return null
      const writer = parseWriter(this.folder.read(FILES.lock)?.toString('utf8') ?? '')
      return writer?.pidNamespace === thisProcess().pidNamespace ? writer.pid : 0
    } finally {
      closeSync(fd)
    }
  }

  /** Takes it away, with all that is in it. To be called by its owner; the id is free at once. */
  remove(token: string): void {
    const aside = asideName(token)
    renameSync(this.#root.containers.at(this.id), this.#root.containers.at(aside))
    this.#discard(aside)
  }

  /** Lets the lock go. */
  close(): void {
    if (this.#lock !== null) closeSync(this.#lock)
    this.#lock = null
    this.folder.close()
  }

  #discard(aside: string): void {
    this.close()
    removeFolder(this.#root, aside)
  }
}

/** A name that no id has: what is being made or taken away by the owner of the token. */
function asideName(token: string): string {
  made += 1
  return `.${token}-${process.pid}-${made}`
}

/** The token in such a name; null for an id. Pure. */
export function tokenOfAside(name: string): string | null {
  return /^\.([0-9a-f]+)-/.exec(name)?.[1] ?? null
}

/** Removes a folder of files; nothing in it is followed. A monitor that undoes a start may write its last word into it meanwhile. Throws the system's error. */
export function removeFolder(root: StateRoot, name: string): void {
  for (let left = TRIES; ; left--) {
    try {
      rmSync(root.containers.at(name), { recursive: true, force: true })
      return
    } catch (error) {
      if (errnoOf(error) !== 'ENOTEMPTY' || left === 0) throw error
    }
  }
}
