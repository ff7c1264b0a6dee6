import { closeSync, constants, openSync, readSync } from 'node:fs'

const HEAD = 4096
const ELF = 0x7f454c46
const PT_INTERP = 3

/** What a file needs to be executed: the path of its interpreter, null for none (a static program), undefined when it is no program. Pure. */
export function interpreterOf(head: Buffer): string | null | undefined {
  if (head.length > 2 && head.toString('latin1', 0, 2) === '#!')
    return /^#![ \t]*([^ \t\n]+)/.exec(head.toString('utf8'))?.[1]
  if (head.length < 64 || head.readUInt32BE(0) !== ELF || head[4] !== 2 || head[5] !== 1) return undefined
  const table = Number(head.readBigUInt64LE(32))
  const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)]
  for (let index = 0; index < count; index++) {
    const at = table + index * size
    if (at + 56 > head.length) return undefined
    if (head.readUInt32LE(at) !== PT_INTERP) continue
    const [offset, length] = [Number(head.readBigUInt64LE(at + 8)), Number(head.readBigUInt64LE(at + 32))]
    return head.toString('utf8', offset, offset + length).replace(/\0.*$/s, '')
  }
  return null
}

/** The beginning of a file. Throws the system's error. */
export function readHead(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const buffer = Buffer.alloc(HEAD)
    return buffer.subarray(0, readSync(fd, buffer, 0, HEAD, 0))
  } finally {
    closeSync(fd)
  }
}
