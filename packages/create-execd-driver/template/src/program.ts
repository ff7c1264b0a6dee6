import { accessSync, constants, lstatSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Command, ExecdError } from '@execd/core/driver'
import { environmentOf } from './launch.js'

const MOST_LINKS = 40

/**
 * Looks for what would make the start fail, before anything is started: a failure to start must be a rejection with a code, never an exit code of the program.
 *
 * TODO: unshare(1) ends with 126 or 127 when it cannot execute the command, as a program may too. What you start yours with may tell the two apart (an answer of
 * an API, a status descriptor that is closed by the exec): then translate that instead, it also finds what cannot be seen from here (a missing interpreter).
 *
 * @throws ExecdError EXECD_ROOTFS, EXECD_WORKING_DIRECTORY, EXECD_PROGRAM_NOT_FOUND, EXECD_PROGRAM_NOT_EXECUTABLE
 */
export function checkStart({ id, rootfs, process }: Command): void {
  const root = rootfs.type === 'directory' ? rootfs.path : '/'
  const [name = ''] = process.args
  const details = { driver: 'sample', container: id, program: name }
  if (!statusOf(root)?.isDirectory())
    throw new ExecdError('EXECD_ROOTFS', `rootfs: there is no folder ${root}`, {
      details: { ...details, path: 'rootfs.path', got: root },
    })
  const cwd = insideOf(root, process.cwd)
  if (cwd === null || !statusOf(cwd)?.isDirectory())
    throw new ExecdError(
      'EXECD_WORKING_DIRECTORY',
      `process.cwd: there is no folder ${process.cwd} in ${root}`,
      {
        details: { ...details, path: 'process.cwd', got: process.cwd },
      },
    )
  const places = name.includes('/')
    ? [posix.resolve(process.cwd, name)]
    : (environmentOf(process).PATH ?? '').split(':').map((folder) => posix.join(folder, name))
  const found = places.map((path) => insideOf(root, path)).filter((path) => path !== null && isFile(path))
  if (found.length === 0)
    throw new ExecdError('EXECD_PROGRAM_NOT_FOUND', `there is no program ${name} in ${root}`, {
      details: { ...details, exitCode: 127 },
    })
  if (!found.some((path) => path !== null && isExecutable(path)))
    throw new ExecdError('EXECD_PROGRAM_NOT_EXECUTABLE', `${name} may not be executed`, {
      details: { ...details, exitCode: 126 },
    })
}

/** The path on the host of a path inside, with symbolic links followed as inside: never out of the root. Null: it does not exist. */
export function insideOf(root: string, path: string): string | null {
  let rest = path.split('/')
  let found = '/'
  for (let links = 0; rest.length > 0; ) {
    const [part = '', ...others] = rest
    const next = posix.join(found, part)
    const target = linkOf(join(root, next))
    if (target !== null) {
      links += 1
      if (links > MOST_LINKS) return null
      if (target.startsWith('/')) found = '/'
      rest = [...target.split('/'), ...others]
      continue
    }
    found = next
    rest = others
  }
  const outside = join(root, found)
  return statusOf(outside) === null ? null : outside
}

function linkOf(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null
  } catch {
    return null
  }
}

function statusOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

function isFile(path: string): boolean {
  return statusOf(path)?.isFile() ?? false
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
