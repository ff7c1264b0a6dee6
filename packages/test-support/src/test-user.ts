import { readFileSync } from 'node:fs'

/** The ordinary user whom root's tests of rootless containers run as. The set-up script makes it. */
export const TEST_USER_NAME = 'execd-test'

/** One entry of /etc/passwd. */
export interface TestUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** The entry of a user in passwd text, or undefined when the user is not there. */
export function parsePasswd(passwd: string, name: string): TestUser | undefined {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid, , home] = line.split(':')
    if (user === name && uid !== undefined && gid !== undefined && home !== undefined) {
      return { name: user, uid: Number(uid), gid: Number(gid), home }
    }
  }
  return undefined
}

/** True when subuid or subgid text gives the user (by name or number) at least one range of ids. */
export function hasIdRange(text: string, user: { readonly name: string; readonly uid: number }): boolean {
  return text.split('\n').some((line) => {
    const [owner, , count] = line.split(':')
    return (owner === user.name || owner === String(user.uid)) && Number(count) > 0
  })
}

/** The test user of this machine, or undefined when the set-up script has not made it. */
export function findTestUser(): TestUser | undefined {
  return parsePasswd(readFileSync('/etc/passwd', 'utf8'), TEST_USER_NAME)
}
