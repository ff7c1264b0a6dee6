import type { Command, ProcessIO } from '@execd/core/driver'
import type { CgroupPaths, ReportKey } from '@execd/linux/cgroup'
import type { UserNamespace } from '../isolation/id-map.js'
import { decodeMessage, type MonitorMessage } from '../plan/messages.js'
import { isReadableHere, thisProcess, type Writer } from './identity.js'
import { type ProcessRecord, parseRecords } from './record.js'

const VERSION = 1

/** All that another process needs to take a detached container over. Written down before anything of it is begun. */
export interface ContainerState {
  readonly version: typeof VERSION
  /** Who started it. */
  readonly writer: Writer
  /** What its groups are tagged with: new for each container, whatever its id. */
  readonly nonce: string
  readonly command: Command
  readonly io: ProcessIO
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly cgroups: CgroupPaths | null
  readonly userNamespace: UserNamespace | null
  /** Host ends of its network links. */
  readonly links: readonly string[]
  /** What the reads in its status are, in their order. */
  readonly reportKeys: readonly ReportKey[]
  /** Names of steps that the status may name, by their index in the plan. */
  readonly steps: Readonly<Record<number, string>>
}

export type Exited = Extract<MonitorMessage, { type: 'exited' }>

/** What a folder says of its container. */
export type Reading =
  /** Its start was not finished, or the machine was started anew since: there is no such container. */
  | { readonly kind: 'void'; readonly state: ContainerState | null }
  /** Written by another version, or in another pid namespace: not to be touched. */
  | { readonly kind: 'foreign' }
  | {
      readonly kind: 'container'
      readonly state: ContainerState
      readonly record: ProcessRecord
      /** Null: it runs, or its monitor was killed. */
      readonly exited: Exited | null
    }

/** Texts of the files in a folder; null where there is none. */
export interface StateTexts {
  readonly state: Buffer | null
  readonly record: Buffer | null
  readonly status: Buffer | null
}

export function stateText(state: Omit<ContainerState, 'version' | 'writer'>): string {
  const whole: ContainerState = { ...state, version: VERSION, writer: thisProcess() }
  return JSON.stringify(whole)
}

/** Reads what is written down of a container. Pure but for who is asking. */
export function readState({ state: text, record: lines, status }: StateTexts): Reading {
  const state = parseState(text)
  if (state === null) return { kind: 'void', state: null }
  if (state.writer?.bootId !== thisProcess().bootId) return { kind: 'void', state: null }
  if (state.version !== VERSION || !isReadableHere(state.writer)) return { kind: 'foreign' }
  const [record] = parseRecords(lines?.toString('utf8') ?? '')
  const message = status === null ? null : lastMessage(status)
  // the record comes before the command; a status that is no end is that of a start that failed
  if (record === undefined || message?.type === 'failed') return { kind: 'void', state }
  return { kind: 'container', state, record, exited: message?.type === 'exited' ? message : null }
}

function parseState(text: Buffer | null): ContainerState | null {
  try {
    return text === null ? null : (JSON.parse(text.toString('utf8')) as ContainerState)
  } catch {
    return null
  }
}

function lastMessage(status: Buffer): MonitorMessage | null {
  try {
    return decodeMessage(status.subarray(4))
  } catch {
    return null
  }
}
