import { randomBytes } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '@execd/linux/errno'
import { identify, isAlive, type ProcessIdentity } from '@execd/linux/proc'

const NAME = /^owner\.(\d+)$/
const NOBODY = 'nobody'

/** Who has something: this process, told apart from later ones with its pid, from those of other pid namespaces and of earlier boots. */
export class OwnerToken {
  readonly text: string

  constructor() {
    const self = identify(process.pid)
    this.text = [
      process.pid,
      self?.startTime ?? 0n,
      bootId(),
      namespace(),
      randomBytes(6).toString('hex'),
    ].join(' ')
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return '-'
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '-'
  }
}

/** What is known of an owner. "unknown" is one in another pid namespace, which cannot be judged from here. */
export type Owner =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'process'; readonly identity: ProcessIdentity }

/** The owner that a text of a token names: a process only when it lives. */
export function ownerOf(text: string): Owner {
  const [pid, startTime, boot, space] = text.split(' ')
  if (text === NOBODY || !/^\d+$/.test(pid ?? '') || !/^\d+$/.test(startTime ?? '')) return { kind: 'nobody' }
  if (boot !== bootId()) return { kind: 'nobody' }
  if (space !== namespace()) return { kind: 'unknown' }
  const identity = { pid: Number(pid), startTime: BigInt(startTime ?? 0) }
  return isAlive(identity) ? { kind: 'process', identity } : { kind: 'nobody' }
}

/** The numbers of the links that name owners, and what the last one says. */
function last(folder: string): { number: number; text: string } | null {
  const numbers = readdirSync(folder).flatMap((name) => NAME.exec(name)?.[1] ?? [])
  const number = Math.max(0, ...numbers.map(Number))
  if (number === 0) return null
  try {
    return { number, text: readlinkSync(`${folder}/owner.${number}`) }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return last(folder) // removed by the next one
    throw error
  }
}

/** Who owns a folder. */
export function readOwner(folder: string): Owner {
  const found = last(folder)
  return found === null ? { kind: 'nobody' } : ownerOf(found.text)
}

/**
 * Takes a folder that nobody alive owns; false when somebody does or was faster. Each owner is a symbolic link with the next number, which only one can make; the older
 * ones are removed after, so that the last is never missing.
 */
export function takeOwnership(folder: string, token: OwnerToken): boolean {
  const before = last(folder)
  if (before !== null && ownerOf(before.text).kind !== 'nobody') return false
  return makeNext(folder, before?.number ?? 0, token.text)
}

/** Name of a folder that a process is making. */
export const BEING_MADE = /^\.new-(\d+)-/

/** Makes a folder that has an owner from its first moment on; false when there is one of that name with something in it. */
export function makeOwned(folder: string, token: OwnerToken): boolean {
  const parent = dirname(folder)
  const temporary = `${parent}/.new-${process.pid}-${randomBytes(6).toString('hex')}`
  mkdirSync(temporary, { mode: 0o711 }) // a user namespace must be able to pass
  try {
    symlinkSync(token.text, `${temporary}/owner.1`)
    renameSync(temporary, folder)
    return true
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Gives a folder up, if it is this one's. */
export function giveUpOwnership(folder: string, token: OwnerToken): void {
  const before = last(folder)
  if (before?.text === token.text) makeNext(folder, before.number, NOBODY)
}

function makeNext(folder: string, number: number, text: string): boolean {
  const own = number + 1
  try {
    symlinkSync(text, `${folder}/owner.${own}`)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
  // the number may have been free because it was used and removed
  if ((last(folder)?.number ?? own) > own) {
    rmSync(`${folder}/owner.${own}`, { force: true })
    return false
  }
  for (let old = number; old > 0 && exists(`${folder}/owner.${old}`); old--)
    rmSync(`${folder}/owner.${old}`, { force: true })
  return true
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
