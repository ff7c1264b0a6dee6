import { closeSync, constants, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs'
import { fileError, lxcError } from '../errors.js'

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

function statOf(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}

function refuse(path: string, reason: string): never {
  throw lxcError('EXECD_MOUNT', `cannot mount at ${path}: ${reason}`, {
    hint: 'no part of the destination may be a symbolic link, and all but the last must be folders',
    details: { step: 'mount', target: path },
  })
}

/**
 * Makes a place to mount on below a folder of the host: missing parts as folders, the last as wanted. Goes from descriptor to descriptor, so that a part that is, or
 * becomes, a symbolic link can never lead out.
 *
 * @throws ExecdError EXECD_MOUNT
 */
export function ensureTarget(root: string, path: string, kind: 'directory' | 'file'): void {
  const parts = path.split('/').filter(Boolean)
  let fd: number
  try {
    fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    throw fileError('EXECD_ROOTFS', `open ${root}`, error)
  }
  try {
    for (const [index, part] of parts.entries()) {
      const here = `/proc/self/fd/${fd}/${part}`
      const folder = kind === 'directory' || index < parts.length - 1
      const stats = statOf(here)
      if (stats?.isSymbolicLink()) refuse(path, `"${part}" is a symbolic link`)
      if (stats !== null && stats.isDirectory() !== folder)
        refuse(path, `"${part}" is ${folder ? 'no folder' : 'a folder'}`)
      if (stats === null && folder) mkdirSync(here, 0o755)
      if (stats === null && !folder)
        closeSync(
          openSync(
            here,
            constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY,
            0o644,
          ),
        )
      if (!folder) return
      const next = openSync(here, FOLDER)
      closeSync(fd)
      fd = next
    }
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'hint' in error) throw error
    throw fileError('EXECD_MOUNT', `make ${path} to mount on`, error)
  } finally {
    closeSync(fd)
  }
}
