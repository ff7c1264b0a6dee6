import type { Command, ProcessInput } from '@execd/core'
import { merge } from './merge.js'

/** What belongs to the first process alone. */
const OWN = ['args', 'terminal', 'consoleSize', 'oomScoreAdj', 'privileged'] as const
/** What `--privileged` decides, unless it is given. */
const RIGHTS = ['capabilities', 'noNewPrivileges', 'apparmorProfile', 'selinuxLabel'] as const

/** A program for `exec`: as the first process of the container, but for what is asked. Pure. */
export function execProcessOf(asked: object, command: Command | null): ProcessInput {
  const left: readonly string[] = 'privileged' in asked ? [...OWN, ...RIGHTS] : OWN
  const inherited = Object.entries(command?.process ?? {}).filter(([name]) => !left.includes(name))
  return merge(Object.fromEntries(inherited), asked) as ProcessInput
}
