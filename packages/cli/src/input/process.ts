import type { ProcessInput } from '@execd/core'
import type { Given } from '../table/types.js'
import { compact } from './compact.js'
import { environmentOf } from './environment.js'
import { numeric } from './words.js'

type Part = Partial<Record<keyof ProcessInput, unknown>>

/** What the options that `run` and `exec` share say of a process. */
export function processOf(given: Given, args: readonly string[], own: NodeJS.ProcessEnv): Part | undefined {
  return compact({
    args: args.length === 0 ? undefined : args,
    env: environmentOf(given, own),
    cwd: given.text('workdir'),
    user: given.text('user'),
    additionalGroups: given.texts('group-add'),
    terminal: given.flag('tty'),
    rlimits: given.texts('ulimit').map(rlimit),
    privileged: given.flag('privileged'),
  })
}

/** "nofile=1024:4096" as Docker has it; -1 is "unlimited" there too. Pure. */
function rlimit(text: string) {
  const [, name = text, soft = '', hard] = /^([^=]*)=([^:]*)(?::(.*))?$/.exec(text) ?? []
  const type = name.startsWith('RLIMIT_') ? name : `RLIMIT_${name.toUpperCase()}`
  return compact({ type, soft: limit(soft), hard: hard === undefined ? undefined : limit(hard) })
}

function limit(text: string): number | string | undefined {
  return text === '-1' ? 'unlimited' : numeric(text)
}
