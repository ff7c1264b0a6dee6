import { readdirSync, readFileSync } from 'node:fs'

const CLOEXEC = 0o2000000

/** Descriptors of this process that a child would inherit. */
function inheritable(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      if (fd < 3) return false
      try {
        const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
        return flags !== undefined && (Number.parseInt(flags, 8) & CLOEXEC) === 0
      } catch {
        return false // the one of readdir
      }
    })
}

/**
 * What a child is to get in place of this process's descriptors, from the number `first` on. lxc-attach passes all that it has on into the container, and there is no way
 * to have one closed; but it can be made another file: the one of `nothing`, which must tell and allow nothing.
 */
export async function withoutLeaks(
  first: number,
  nothing: () => Promise<number>,
): Promise<Array<number | 'ignore'>> {
  const leaks = inheritable().filter((fd) => fd >= first)
  if (leaks.length === 0) return []
  const fd = await nothing()
  return Array.from({ length: Math.max(...leaks) - first + 1 }, (_, index) =>
    leaks.includes(index + first) ? fd : 'ignore',
  )
}
