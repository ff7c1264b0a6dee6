import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The places where distributions keep administrators' programs; an ordinary user's PATH often lacks them. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The full path of a program on PATH (or in an administrators' folder), or undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...folders, ...ADMIN_FOLDERS]) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return path
    } catch {
      // not here: the next folder may have it
    }
  }
  return undefined
}
