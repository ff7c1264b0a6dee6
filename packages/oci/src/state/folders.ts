import { randomBytes } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import type { CleanupProblem } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'
import { identify, isAlive, type ProcessIdentity } from '@execd/linux/proc'
import { fileError, ociError } from '../errors.js'

const PRIVATE = 0o700
const IDS = 'ids'
const NAME = /^(\d+)-(\d+)-(\d+)-[0-9a-f]{8}$/

const pidNamespace = (): string => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'

/** The folder of a driver's state: one folder in it for each container, named by the process that made it, so that whether that lives can be told. */
export class StateFolder {
  readonly path: string
  readonly #namespace = pidNamespace()

  constructor(path: string) {
    this.path = path
  }

  /** Makes the folder. Throws EXECD_START_FAILED, or EXECD_PERMISSION for one that is another user's. */
  make(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: PRIVATE })
      mkdirSync(`${this.path}/${IDS}`, { recursive: true, mode: PRIVATE })
    } catch (error) {
      throw fileError('EXECD_START_FAILED', `make the state folder ${this.path}`, error)
    }
    const { uid, mode } = lstatSync(this.path)
    if (uid !== process.geteuid?.() || (mode & 0o077) !== 0)
      throw ociError('EXECD_PERMISSION', `the state folder ${this.path} is not this user's own`, {
        hint: 'name another one with the option `stateDir`, or remove it: it must belong to this user, with mode 0700',
        details: { step: 'make the state folder', path: 'stateDir' },
      })
  }

  /** The path of a new folder for a container, not made yet. */
  newPath(): string {
    const own = identify(process.pid)
    const name = `${this.#namespace}-${process.pid}-${own?.startTime ?? 0}-${randomBytes(4).toString('hex')}`
    return `${this.path}/${name}`
  }

  /** Folders of containers, with who made them; null for one of another pid namespace, of which nothing can be told here. */
  list(): Array<{ readonly path: string; readonly maker: ProcessIdentity | null }> {
    let names: string[] = []
    try {
      names = readdirSync(this.path)
    } catch {
      // nothing was ever made
    }
    return names.flatMap((name) => {
      const [, namespace, pid, startTime = '0'] = NAME.exec(name) ?? []
      if (pid === undefined) return []
      const maker = namespace === this.#namespace ? { pid: Number(pid), startTime: BigInt(startTime) } : null
      return [{ path: `${this.path}/${name}`, maker }]
    })
  }

  /** Gives an id to one detached container, for all drivers with this folder. Throws EXECD_ID_IN_USE. */
  reserve(id: string, folder: string): void {
    const link = this.#link(id)
    for (let tries = 0; tries < 2; tries++) {
      try {
        symlinkSync(folder, link)
        return
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw fileError('EXECD_START_FAILED', `reserve the id ${id}`, error)
      }
      if (exists(`${link}/`)) break
      rmSync(link, { force: true }) // what it names is gone
    }
    throw ociError('EXECD_ID_IN_USE', `another detached container has the id ${id}`, {
      hint: 'choose another id, or recover and end the other container',
      details: { container: id },
    })
  }

  /** Removes the folder of a container, and the reservation of its id if it is its own. Gives what could not be removed. */
  remove(folder: string, id: string): CleanupProblem[] {
    const link = this.#link(id)
    try {
      if (readlinkSync(link) === folder) unlinkSync(link)
    } catch {
      // not detached
    }
    try {
      rmSync(folder, { recursive: true, force: true })
      return []
    } catch (error) {
      return [{ step: `remove ${folder}`, errno: errnoOf(error) }] // such as something mounted in it
    }
  }

  /** Removes the folder itself when nothing is in it. */
  removeIfEmpty(): void {
    for (const path of [`${this.path}/${IDS}`, this.path]) {
      try {
        rmdirSync(path)
      } catch {
        return // in use, or never made
      }
    }
  }

  #link(id: string): string {
    return `${this.path}/${IDS}/${id}`
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Whether who made a folder may still live. */
export function mayLive(maker: ProcessIdentity | null): boolean {
  return maker === null || isAlive(maker)
}

/** Makes the folder of a container or an exec. Throws EXECD_START_FAILED. */
export function makePrivate(path: string): void {
  try {
    mkdirSync(path, { mode: PRIVATE })
  } catch (error) {
    throw fileError('EXECD_START_FAILED', `make the folder ${path}`, error)
  }
}
