import { closeSync, openSync, readSync } from 'node:fs'

const PT_INTERP = 3

/** True when the file is a 64-bit little-endian ELF program that names no interpreter: it runs in an empty rootfs. */
export function isStaticElf(path: string | undefined): boolean {
  if (path === undefined) return false
  const head = Buffer.alloc(4096)
  const fd = openSync(path, 'r')
  const length = readSync(fd, head, 0, head.length, 0)
  closeSync(fd)
  if (length < 64 || head.readUInt32BE(0) !== 0x7f454c46) return false
  const table = Number(head.readBigUInt64LE(32))
  const entrySize = head.readUInt16LE(54)
  const entries = head.readUInt16LE(56)
  for (let index = 0; index < entries; index += 1) {
    const offset = table + index * entrySize
    if (offset + 4 > length) return false
    if (head.readUInt32LE(offset) === PT_INTERP) return false
  }
  return true
}
