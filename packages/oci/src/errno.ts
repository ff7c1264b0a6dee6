import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

const NAMES = new Map(Object.entries(constants.errno).map(([name, errno]) => [errno, name]))

/** Name of an errno, such as "ENOENT". */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? NAMES.get(errno) ?? `errno ${errno}`
}

/** What an errno means, such as "no such file or directory". */
export function errnoText(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? errnoName(errno)
}
