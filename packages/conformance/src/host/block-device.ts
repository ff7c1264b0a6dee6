import { readdirSync, readFileSync } from 'node:fs'

/** Numbers of a disk of this host. Throws an Error in words when there is none. */
export function blockDevice(): { readonly major: number; readonly minor: number } {
  for (const name of readdirSync('/sys/block')) {
    const [major, minor] = readFileSync(`/sys/block/${name}/dev`, 'utf8').trim().split(':').map(Number)
    if (major !== undefined && minor !== undefined) return { major, minor }
  }
  throw new Error('limits of block devices cannot be looked at: this host has none')
}
