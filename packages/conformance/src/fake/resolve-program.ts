import { accessSync, constants, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { ExecdError, type ProcessSpec } from '@execd/core/driver'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The environment of a process: what the command says, with the defaults of PATH and HOME. Pure. */
export function environmentOf({ env }: ProcessSpec): Record<string, string> {
  return { PATH: DEFAULT_PATH, HOME: '/root', ...env }
}

/**
 * Path of the program of a process inside a root file system, which is looked at first, and its working directory.
 *
 * @throws ExecdError EXECD_ROOTFS, EXECD_WORKING_DIRECTORY, EXECD_PROGRAM_NOT_FOUND, EXECD_PROGRAM_NOT_EXECUTABLE
 */
export function resolveProgram(root: string, process: ProcessSpec, container: string): string {
  const { args, cwd } = process
  const [name = ''] = args
  const details = { driver: 'fake', container, program: name }
  if (!isFolder(root)) {
    throw new ExecdError('EXECD_ROOTFS', `there is no ${root}`, {
      details: { driver: 'fake', container, path: 'rootfs.path', got: root, errno: 'ENOENT' },
    })
  }
  if (!isFolder(join(root, cwd))) {
    throw new ExecdError('EXECD_WORKING_DIRECTORY', `cwd: ${cwd} is no directory in ${root}`, {
      details: { driver: 'fake', container, path: 'process.cwd', got: cwd, step: 'chdir' },
    })
  }
  const places = name.includes('/')
    ? [posix.resolve(cwd, name)]
    : (environmentOf(process).PATH ?? '').split(':').map((folder) => posix.join(folder, name))
  const found = places.find((path) => isFile(join(root, path)))
  if (found === undefined) {
    throw new ExecdError('EXECD_PROGRAM_NOT_FOUND', `there is no ${name} in ${root}`, {
      details: { ...details, errno: 'ENOENT', step: 'exec', exitCode: 127 },
    })
  }
  if (isExecutable(join(root, found))) return found
  throw new ExecdError('EXECD_PROGRAM_NOT_EXECUTABLE', `${name} may not be executed`, {
    details: { ...details, errno: 'EACCES', step: 'exec', exitCode: 126 },
  })
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
