import type { OptionalVerb } from '@execd/core'
import type { CaseContext } from './context.js'

/** The groups of cases, in the order in which they run: what others stand on comes first. */
export const GROUPS = [
  'manifest',
  'probe',
  'lifecycle',
  'exit',
  'stdio',
  'env',
  'cwd',
  'users',
  'process',
  'signals',
  'timeouts',
  'terminal',
  'limits',
  'isolation',
  'rootfs',
  'mounts',
  'exec',
  'pause',
  'update',
  'stats',
  'hooks',
  'recover',
  'concurrency',
  'errors',
  'cleanup',
  'refusals',
] as const

export type Group = (typeof GROUPS)[number]

/** What a driver must have declared for a case to concern it. Nothing else gates a case. */
export interface Needs {
  /** Keys of `capabilities().fields`. */
  readonly fields?: readonly string[]
  readonly verbs?: readonly OptionalVerb[]
}

/** One rule of the contract, and how it is checked. */
export interface Case {
  /** "group.rule": stable, for reports. */
  readonly id: `${Group}.${string}`
  /** The rule, as a sentence about the driver. */
  readonly title: string
  readonly needs?: Needs
  /** A rule that is a SHOULD: a driver may declare an exception from it. Default: every driver that the case concerns must keep it. */
  readonly should?: boolean
  /** Most milliseconds that it may take on a slow machine. Default: the `timeoutMs` of the kit. */
  readonly timeoutMs?: number
  /** Rejects when the driver breaks the rule. */
  run(context: CaseContext): Promise<void>
}

/** A group, or one case by its id. */
export type Chosen = Group | Case['id']

/** The group of a case. */
export function groupOf(id: string): Group {
  return id.slice(0, id.indexOf('.')) as Group
}
