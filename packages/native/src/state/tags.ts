/** The extended attribute by which a cgroup says whose it is (xattr(7); cgroups take `user.` ones of their owner). */
export const TAG_ATTRIBUTE = 'user.execd'

const OWNER = 'owner '
const DETACHED = 'detached '

/** Whose a group is: of a driver, by its token, or of a detached container, by its nonce. */
export type Tag = { readonly owner: string } | { readonly detached: string }

export function tagText(tag: Tag): string {
  return 'owner' in tag ? `${OWNER}${tag.owner}` : `${DETACHED}${tag.detached}`
}

/** Null for what is none. Pure. */
export function parseTag(text: string | null): Tag | null {
  if (text?.startsWith(OWNER)) return { owner: text.slice(OWNER.length) }
  return text?.startsWith(DETACHED) ? { detached: text.slice(DETACHED.length) } : null
}
