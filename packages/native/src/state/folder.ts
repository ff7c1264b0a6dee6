import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { ExecdError } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'

const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** A folder held by its descriptor: what is done in it stays in it, whatever becomes of its path. */
export class Folder {
  /** As it was opened, for people. */
  readonly path: string
  readonly fd: number

  private constructor(path: string, fd: number) {
    this.path = path
    this.fd = fd
  }

  /** Opens a folder; never a symbolic link. Throws the system's error. */
  static open(path: string, shownAs = path): Folder {
    return new Folder(shownAs, openSync(path, FLAGS))
  }

  /** Opens a folder of this user's, which is made when it is missing. Throws EXECD_HOST when it is somebody else's, or others may do what is only for its owner. */
  static own(path: string, { shownAs = path, secret }: { shownAs?: string; secret: boolean }): Folder {
    let folder: Folder
    try {
      mkdirSync(path, { mode: 0o700 })
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw unusable(shownAs, errnoOf(error), error)
    }
    try {
      folder = Folder.open(path, shownAs)
    } catch (error) {
      throw unusable(shownAs, errnoOf(error), error)
    }
    const problem = notOwn(folder.fd, secret)
    if (problem === null) return folder
    folder.close()
    throw unusable(shownAs, problem)
  }

  /** Path of something in it, as long as it is open here. */
  at(name: string): string {
    return `/proc/self/fd/${this.fd}/${name}`
  }

  names(): string[] {
    return readdirSync(this.at(''))
  }

  /** Text of a file in it, no symbolic link; null when there is none. */
  read(name: string): Buffer | null {
    let fd: number
    try {
      fd = openSync(this.at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null
      throw error
    }
    try {
      return readFileSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** Whether this is still what has the name in another folder. */
  isAt(parent: Folder, name: string): boolean {
    try {
      const there = lstatSync(parent.at(name))
      const own = fstatSync(this.fd)
      return there.ino === own.ino && there.dev === own.dev
    } catch {
      return false
    }
  }

  close(): void {
    closeSync(this.fd)
  }
}

function notOwn(fd: number, secret: boolean): string | null {
  const { uid, mode } = fstatSync(fd)
  const user = process.geteuid?.() ?? 0
  if (uid !== user) return `it belongs to the user ${uid}, not to ${user}`
  const forbidden = mode & (secret ? OTHERS : OTHERS_WRITE)
  return forbidden === 0 ? null : `others may use it (mode ${(mode & 0o777).toString(8)})`
}

function unusable(path: string, why: string, cause?: unknown): ExecdError {
  return new ExecdError('EXECD_HOST', `the state folder ${path} cannot be used: ${why}`, {
    hint: 'give the option `stateDir` a folder of your own that nobody else may write to; do not take over what another user has put there',
    details: { driver: 'native', path: 'stateDir', got: path },
    ...(cause === undefined ? {} : { cause }),
  })
}
