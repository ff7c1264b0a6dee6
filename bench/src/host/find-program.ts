import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The path of a program on PATH or in an administrators' folder, or null. */
export function findProgram(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...folders, ...ADMIN_FOLDERS]) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return path
    } catch {
      // not here
    }
  }
  return null
}
