import { userInfo } from 'node:os'

/** The name of this process's user; empty for none in passwd(5). */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
