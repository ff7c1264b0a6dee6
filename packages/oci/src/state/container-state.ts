import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Command, ProcessIO } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import { errnoOf } from '@execd/linux/errno'
import { identify, isAlive, type ProcessIdentity } from '@execd/linux/proc'
import { fileError } from '../errors.js'
import { decodeFields } from '../keeper/messages.js'
import type { Runtime } from '../runtime/find-runtime.js'
import { toJson } from '../spec/json.js'
import type { IdMaps } from '../spec/namespaces.js'

/** What is written down of a container, in its folder, so that it can be found again or cleaned up after. */
export interface ContainerState {
  readonly command: Command
  readonly io: ProcessIO
  readonly detached: boolean
  readonly runtime: Runtime
  readonly idMaps: IdMaps | null
  /** Null: none. */
  readonly groups: CgroupPaths | null
  /** Every folder of a group that the runtime makes, in all hierarchies. */
  readonly groupDirs: readonly string[]
  /** Null until there is one. */
  readonly keeper: ProcessIdentity | null
}

const STATE = 'state.json'

/** Name of the socket by which later owners come. */
export const CONTROL = 'control'

export function writeState(dir: string, state: ContainerState): void {
  try {
    writeFileSync(`${dir}/${STATE}.new`, toJson(state), { mode: 0o600 })
    renameSync(`${dir}/${STATE}.new`, `${dir}/${STATE}`)
  } catch (error) {
    throw fileError('EXECD_START_FAILED', 'write the state of the container', error)
  }
}

/** Null when there is none, or none that is whole. */
export function readState(dir: string): ContainerState | null {
  try {
    const state = JSON.parse(readFileSync(`${dir}/${STATE}`, 'utf8')) as Omit<ContainerState, 'keeper'> & {
      readonly keeper: { readonly pid: number; readonly startTime: number } | null
    }
    const { keeper } = state
    return {
      ...state,
      keeper: keeper === null ? null : { pid: keeper.pid, startTime: BigInt(keeper.startTime) },
    }
  } catch {
    return null
  }
}

/** What the keeper of a detached container wrote when the program ran; null before that. */
export function readStarted(dir: string): { readonly first: ProcessIdentity; readonly at: number } | null {
  try {
    const text = readFileSync(`${dir}/started`, 'latin1')
    const [, pid, startTime = '0', at] = /^(\d+) (\d+) (\d+)\n$/.exec(text) ?? []
    return pid === undefined
      ? null
      : { first: { pid: Number(pid), startTime: BigInt(startTime) }, at: Number(at) }
  } catch {
    return null
  }
}

const COLLECTED = /^collected-(\d+)-(\d+)$/

/**
 * Takes a detached container whose keeper is gone, of which only one caller can; then it is known no more. One that was taken by a process which has died since
 * can be taken again (`giveBack`). False when another was first.
 */
export function collect(dir: string): boolean {
  const own = identify(process.pid)
  try {
    renameSync(`${dir}/started`, `${dir}/collected-${process.pid}-${own?.startTime ?? 0}`)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Makes known again what was taken by a process that has died since. */
export function giveBack(dir: string): void {
  for (const name of namesIn(dir)) {
    const [, pid, startTime = '0'] = COLLECTED.exec(name) ?? []
    if (pid === undefined || isAlive({ pid: Number(pid), startTime: BigInt(startTime) })) continue
    try {
      renameSync(`${dir}/${name}`, `${dir}/started`)
    } catch {
      // another was first
    }
  }
}

/** Whether a detached container has begun, taken or not. */
export function hasBegun(dir: string): boolean {
  return namesIn(dir).some((name) => name === 'started' || COLLECTED.test(name))
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

/** The last words of the keeper of a detached container; null before its end. */
export function readExit(dir: string): string[] | null {
  try {
    return decodeFields(readFileSync(`${dir}/exit`))
  } catch {
    return null
  }
}
