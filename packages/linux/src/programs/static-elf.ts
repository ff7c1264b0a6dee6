import { closeSync, openSync, readSync } from 'node:fs'

const PT_INTERP = 3

/** Whether a program needs no dynamic loader and so runs in an empty root: an ELF file of 64 bits, least byte first, without PT_INTERP (elf(5)). Throws the system's error. */
export function isStaticElf(path: string): boolean {
  const head = Buffer.alloc(4096)
  const fd = openSync(path, 'r')
  const length = readSync(fd, head, 0, head.length, 0)
  closeSync(fd)
  if (length < 64 || head.readUInt32BE(0) !== 0x7f454c46) return false
  const table = Number(head.readBigUInt64LE(32))
  const size = head.readUInt16LE(54)
  const count = head.readUInt16LE(56)
  for (let index = 0; index < count; index++) {
    const at = table + index * size
    if (at + 4 > length || head.readUInt32LE(at) === PT_INTERP) return false
  }
  return true
}
