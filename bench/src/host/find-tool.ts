import { ADMIN_FOLDERS, findProgram, searchFolders } from '@execd/linux/programs'

/** The path of a program on PATH or in an administrators' folder, or null. */
export function findTool(name: string): string | null {
  return findProgram(name, [...searchFolders(), ...ADMIN_FOLDERS])
}
