import { closeSync, constants, type Dirent, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { errnoOf } from '../errno/index.js'
import { joinPath, words } from './text.js'

/** ENODEV is what an open file of a removed group gives, EOPNOTSUPP what a file gives that has no value there. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'EOPNOTSUPP'])

/** The text of a cgroup file, null when the group or the file does not exist. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return null
    throw error
  }
}

/** Grows to the largest file that was read. */
let room = Buffer.allocUnsafe(16 * 1024)

/**
 * As `readText`, at once: counters are in memory, so nothing waits, and a sample of a container costs a tenth of what a dozen trips through the thread pool do.
 */
export function readNow(path: string): string | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY)
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return null
    throw error
  }
  try {
    let size = 0
    for (let got = -1; got !== 0; size += got) {
      if (size === room.length) room = Buffer.concat([room, Buffer.allocUnsafe(room.length)])
      got = readSync(fd, room, size, room.length - size, null)
    }
    return room.toString('utf8', 0, size)
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return null
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Whether there are groups below a group: each adds a link to its directory. False when it does not exist. */
export function hasChildren(dir: string): boolean {
  return (statSync(dir, { throwIfNoEntry: false })?.nlink ?? 0) > 2
}

/** One write(2) to a file that exists: a cgroup file takes a value whole; "" empties it. Rejects with the system's error. */
export async function writeText(path: string, data: string): Promise<void> {
  // Write-only: cgroup.kill and others cannot be read, not even by their owner.
  await writeFile(path, data === '' ? '\n' : data, { flag: constants.O_WRONLY | constants.O_TRUNC })
}

/** Names of the groups directly below a group; none when it does not exist. */
export async function childNames(dir: string): Promise<string[]> {
  try {
    return directoriesOf(await readdir(dir, { withFileTypes: true }))
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return []
    throw error
  }
}

/** As `childNames`, at once. */
export function childNamesNow(dir: string): string[] {
  try {
    return directoriesOf(readdirSync(dir, { withFileTypes: true }))
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return []
    throw error
  }
}

function directoriesOf(entries: readonly Dirent[]): string[] {
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

/** A group and all groups below it, parents first. */
export async function groupTree(dir: string): Promise<string[]> {
  const tree = [dir]
  for (const name of await childNames(dir)) tree.push(...(await groupTree(joinPath(dir, name))))
  return tree
}

/** Text for cgroup.subtree_control that switches controllers on; those that are on already change nothing. */
export function enableText(controllers: Iterable<string>): string {
  return words([...controllers].join(' '))
    .map((controller) => `+${controller}`)
    .join(' ')
}
