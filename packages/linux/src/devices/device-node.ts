import type { BigIntStats } from 'node:fs'

/** A device node to be made, with its numbers. */
export interface DeviceNode {
  readonly path: string
  readonly type: 'b' | 'c' | 'p'
  readonly major: number
  readonly minor: number
  readonly fileMode: number
  readonly uid: number
  readonly gid: number
}

/** What a device of the host is: the kernel's 12 bits of major and 20 of minor number, spread over 64 (gnu_dev_major and gnu_dev_minor of glibc). Null for what is no device. Pure. */
export function deviceOf(stats: BigIntStats): Pick<DeviceNode, 'type' | 'major' | 'minor'> | null {
  if (!stats.isBlockDevice() && !stats.isCharacterDevice()) return null
  const { rdev } = stats
  return {
    type: stats.isBlockDevice() ? 'b' : 'c',
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffffffffn)),
  }
}
