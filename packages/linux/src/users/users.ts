import { type ErrorDetails, ExecdError, type ProcessSpec } from '@execd/core/driver'
import { readInRoot } from '../rootfs/index.js'

const MAX_FILE = 1024 * 1024
const NUMBER = /^\d+$/

/** An entry of passwd(5). */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** Entries of passwd(5). Lines that are none are skipped. Pure. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid = '', gid = '', , home = ''] = line.split(':')
    return name !== undefined && NUMBER.test(uid) && NUMBER.test(gid)
      ? [{ name, uid: Number(uid), gid: Number(gid), home }]
      : []
  })
}

/** An entry of group(5). */
export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

/** Entries of group(5). Pure. */
export function parseGroups(text: string): Group[] {
  return text.split('\n').flatMap((line) => {
    const [name, , gid = '', members = ''] = line.split(':')
    return name !== undefined && NUMBER.test(gid)
      ? [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }]
      : []
  })
}

/** nobody and nogroup of Debian, and the kernel's overflow ids: they own nothing. */
export const NOBODY = 65534

/** Who a process runs as, in numbers. */
export interface ProcessUser {
  readonly uid: number
  readonly gid: number
  /** Supplementary groups, the primary one among them. */
  readonly groups: readonly number[]
  /** Home folder; "/" where the files name none. */
  readonly home: string
}

/** Who `process.user` and `additionalGroups` mean, by the texts of /etc/passwd and /etc/group; without a user it is root. `about` goes into an error's details. Pure. Throws EXECD_USER_NOT_FOUND or EXECD_GROUP_NOT_FOUND. */
export function chooseUser(
  process: ProcessSpec,
  passwd: string,
  groupText: string,
  about: ErrorDetails = {},
): ProcessUser {
  const accounts = parsePasswd(passwd)
  const groups = parseGroups(groupText)
  const [wanted = '0', wantedGroup] = (process.user ?? '0').split(':')
  const account = accounts.find((entry) =>
    NUMBER.test(wanted) ? entry.uid === Number(wanted) : entry.name === wanted,
  )
  if (account === undefined && !NUMBER.test(wanted))
    throw new ExecdError(
      'EXECD_USER_NOT_FOUND',
      `the user ${wanted} is not in /etc/passwd of the root file system`,
      { details: { ...about, path: 'process.user' } },
    )
  const gidOf = (text: string, path: string): number => {
    if (NUMBER.test(text)) return Number(text)
    const found = groups.find(({ name }) => name === text)
    if (found !== undefined) return found.gid
    throw new ExecdError(
      'EXECD_GROUP_NOT_FOUND',
      `the group ${text} is not in /etc/group of the root file system`,
      { details: { ...about, path } },
    )
  }
  const uid = account?.uid ?? Number(wanted)
  const gid = wantedGroup === undefined ? (account?.gid ?? 0) : gidOf(wantedGroup, 'process.user')
  const memberships =
    wantedGroup === undefined && account !== undefined && process.user !== null
      ? groups.filter(({ members }) => members.includes(account.name)).map((group) => group.gid)
      : []
  const additional = process.additionalGroups.map((text) => gidOf(text, 'process.additionalGroups'))
  const home = account?.home.startsWith('/') === true ? account.home : '/'
  // with the primary group also among the others, a set-group-ID program cannot be used to lose it (CVE-2022-36109)
  return { uid, gid, home, groups: [...new Set([...memberships, ...additional, gid])] }
}

/** Looks the user up in the files of a root, seen through its layers. */
export function findUser(
  process: ProcessSpec,
  layers: readonly string[],
  about: ErrorDetails = {},
): ProcessUser {
  return chooseUser(
    process,
    readInRoot(layers, '/etc/passwd', MAX_FILE),
    readInRoot(layers, '/etc/group', MAX_FILE),
    about,
  )
}
