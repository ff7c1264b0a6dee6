import type { ProcessSpec } from '@execd/core/driver'
import { findUser } from '@execd/linux/users'
import type { NumericUser } from '../spec/process.js'

/** Who a process runs as, looked up in the files of a root. Throws EXECD_USER_NOT_FOUND, EXECD_GROUP_NOT_FOUND. */
export function userIn(process: ProcessSpec, layers: readonly string[]): NumericUser {
  const { uid, gid, groups, home } = findUser(process, layers, { driver: 'oci' })
  return { uid, gid, additionalGids: groups, home }
}
