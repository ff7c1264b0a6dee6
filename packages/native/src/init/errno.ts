import { getSystemErrorMap } from 'node:util'

const ERRORS = getSystemErrorMap()

/** Name of an errno, such as "ENOENT". */
export function errnoName(errno: number): string {
  return ERRORS.get(-errno)?.[0] ?? `errno ${errno}`
}

/** What an errno means, such as "no such file or directory". */
export function errnoText(errno: number): string {
  return ERRORS.get(-errno)?.[1] ?? `errno ${errno}`
}
