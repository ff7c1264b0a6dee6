import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import { posix } from 'node:path'
import { lookup, resolveInRoot } from '@execd/linux/rootfs'

const HEAD_BYTES = 4096
const PT_INTERP = 3

/** Who is to execute a program, in ids of the host. */
export interface Executor {
  readonly uid: number
  readonly groups: readonly number[]
  /** Has every right to files. */
  readonly root: boolean
}

/** What execvp(3) will find. */
export type ProgramFound = 'ok' | 'ENOENT' | 'EACCES'

/**
 * Looks for a program as execvp(3) does, in a root as a process there sees it. For a command that runs under an init of LXC, which does not tell why a program could not
 * be executed. An interpreter that is missing counts as ENOENT, as with execve(2).
 */
export function findInRoot(
  root: string,
  name: string,
  { path, cwd, by }: { readonly path: string; readonly cwd: string; readonly by: Executor },
): ProgramFound {
  const candidates = name.includes('/')
    ? [posix.resolve(cwd, name)]
    : path.split(':').map((folder) => posix.resolve(cwd, folder, name))
  let refused = false
  for (const candidate of candidates) {
    const found = judge(root, candidate, by)
    if (found === 'ok') return 'ok'
    refused ||= found === 'EACCES'
  }
  return refused ? 'EACCES' : 'ENOENT'
}

function fileOf(root: string, path: string): string | null {
  const real = resolveInRoot([root], path)
  const found = real === null ? null : lookup([root], real)
  return found === null ? null : found.hostPath
}

function judge(root: string, path: string, by: Executor): ProgramFound {
  const file = fileOf(root, path)
  if (file === null) return 'ENOENT'
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return 'ENOENT'
  if (!stats.isFile() || !mayExecute(stats, by)) return 'EACCES'
  const interpreter = interpreterOf(file)
  return interpreter === null || fileOf(root, interpreter) !== null ? 'ok' : 'ENOENT'
}

function mayExecute({ mode, uid, gid }: Stats, by: Executor): boolean {
  if (by.root) return (mode & 0o111) !== 0
  if (uid === by.uid) return (mode & 0o100) !== 0
  return (mode & (by.groups.includes(gid) ? 0o010 : 0o001)) !== 0
}

/** The program that a script or a dynamically linked program names, or null. */
function interpreterOf(file: string): string | null {
  let fd: number
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return null
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const text = head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0))
    if (text.toString('latin1', 0, 2) === '#!')
      return /^#![ \t]*([^\s]+)/.exec(text.toString('utf8'))?.[1] ?? null
    return elfInterpreter(text)
  } finally {
    closeSync(fd)
  }
}

/** PT_INTERP of an ELF file of 64 bits, least byte first (elf(5)). */
function elfInterpreter(head: Buffer): string | null {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return null
  const [table, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ]
  for (let index = 0; index < count; index++) {
    const at = table + index * size
    if (at + size > head.length) return null
    if (head.readUInt32LE(at) !== PT_INTERP) continue
    const [start, length] = [Number(head.readBigUInt64LE(at + 8)), Number(head.readBigUInt64LE(at + 32))]
    return start + length > head.length ? null : head.toString('utf8', start, start + length - 1)
  }
  return null
}
