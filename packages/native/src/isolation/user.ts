import type { ProcessSpec, Rootfs } from '@execd/core/driver'
import { NOBODY } from '@execd/linux/users'
import type { UserNamespace } from './id-map.js'

/** A user or group: a number, a name to be looked up inside the container, or none given. */
export type Id = { readonly number: number } | { readonly name: string } | null

export interface UserChoice {
  readonly user: Id
  readonly group: Id
}

/** Digits are a number, never a name (CVE-2016-3697). */
function parseId(text: string): Id {
  return /^\d+$/.test(text) ? { number: Number(text) } : { name: text }
}

/**
 * Who the process runs as. Without a user it is root, but nobody when the root is the host's own files: root would read
 * what only the host's root may read.
 */
export function chooseUser(process: Pick<ProcessSpec, 'user'>, rootfs: Rootfs['type']): UserChoice {
  if (process.user === null) {
    const id = { number: rootfs === 'host' ? NOBODY : 0 }
    return { user: id, group: id }
  }
  const [user = '', group] = process.user.split(':')
  return { user: parseId(user), group: group === undefined ? null : parseId(group) }
}

/** The number, or null when the id is a name or not given. */
export function numberOf(id: Id): number | null {
  return id !== null && 'number' in id ? id.number : null
}

/** With one mapped group the process cannot have another, whatever /etc/passwd says. */
export function mappedUser(user: UserChoice, userNamespace: UserNamespace | null): UserChoice {
  const [only] = userNamespace?.denySetgroups === true ? userNamespace.gid : []
  return user.group === null && only !== undefined ? { ...user, group: { number: only.containerID } } : user
}
