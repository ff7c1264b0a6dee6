import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The places where distributions keep administrators' programs; an ordinary user's PATH often lacks them. */
export const ADMIN_FOLDERS: readonly string[] = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The folders of a search path (default: PATH of this process). Empty and relative ones are left out: they mean whatever folder this process is in. */
export function searchFolders(path: string = process.env.PATH ?? ''): string[] {
  return path.split(delimiter).filter((folder) => folder.startsWith('/'))
}

/** The full path of a program in the first of the folders that has it (default: those of PATH), or null. */
export function findProgram(name: string, folders: readonly string[] = searchFolders()): string | null {
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
