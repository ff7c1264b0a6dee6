import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

const ERRORS = getSystemErrorMap()
const NAMES = new Map(Object.entries(constants.errno).map(([name, errno]) => [errno, name]))

/** What libuv has no words for, and a start can end with (errno(3)). */
const TEXTS: Readonly<Record<string, string>> = {
  EBADMSG: 'bad message',
  ECHILD: 'the process ended while it was being set up',
  EDQUOT: 'disk quota exceeded',
  ENOEXEC: 'exec format error',
}

/** Name of an errno, such as "ENOENT". */
export function errnoName(errno: number): string {
  return ERRORS.get(-errno)?.[0] ?? NAMES.get(errno) ?? `errno ${errno}`
}

/** What an errno means, such as "no such file or directory". */
export function errnoText(errno: number): string {
  return ERRORS.get(-errno)?.[1] ?? TEXTS[errnoName(errno)] ?? errnoName(errno)
}
