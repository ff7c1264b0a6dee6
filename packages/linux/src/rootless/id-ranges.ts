/** A range of /etc/subuid or /etc/subgid. */
export interface IdRange {
  readonly start: number
  readonly count: number
}

/** A line of an id map (user_namespaces(7)). */
export interface IdMapping {
  readonly containerID: number
  readonly hostID: number
  readonly size: number
}

/** What grants ranges of ids; USER stands for the user's name. */
export const SUBID_HINT =
  'add lines "USER:100000:65536" to /etc/subuid and /etc/subgid (usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER)'

/** The ranges that a file in the form of subuid(5) grants to a user, by name or number. Pure. */
export function parseSubIds(text: string, name: string, id: number): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [, owner, start, count] = /^([^:]+):(\d{1,10}):(\d{1,10})$/.exec(line.trim()) ?? []
    const range = { start: Number(start), count: Number(count) }
    // a range from 0 on would make the host's root the container's
    const usable = (owner === name || owner === String(id)) && range.start > 0 && range.count > 0
    return usable ? [range] : []
  })
}

/** Whether ids of the host are the own one, or within what is granted: those that newuidmap(1) maps for an ordinary user. Pure. */
export function isGranted(mapping: IdMapping, own: number, ranges: readonly IdRange[]): boolean {
  if (mapping.size === 1 && mapping.hostID === own) return true
  return ranges.some(
    (range) => mapping.hostID >= range.start && mapping.hostID + mapping.size <= range.start + range.count,
  )
}

/** The own id as 0 inside, and what is granted as 1 and on. Pure. */
export function ownIdAndRanges(own: number, ranges: readonly IdRange[]): IdMapping[] {
  const maps: IdMapping[] = [{ containerID: 0, hostID: own, size: 1 }]
  let next = 1
  for (const range of ranges) {
    maps.push({ containerID: next, hostID: range.start, size: range.count })
    next += range.count
  }
  return maps
}

/** Whether an id inside the container is mapped. Pure. */
export function isMapped(maps: readonly IdMapping[], id: number): boolean {
  return maps.some((map) => id >= map.containerID && id < map.containerID + map.size)
}
