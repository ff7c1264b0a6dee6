import { resolve } from 'node:path'
import type { ProcessIO, Stdio } from '../contract/driver.js'
import type { StdioOption, StdioOptions } from './options.js'
import { invalidOption } from './parse-options.js'

const NAMES = ['stdin', 'stdout', 'stderr'] as const

/** The defaults of a call, and what its process is. */
export interface StdioRules {
  readonly defaults: Readonly<Record<(typeof NAMES)[number], 'pipe' | 'ignore'>>
  readonly terminal: boolean
  readonly detached: boolean
}

/** Where the three descriptors go, as drivers are told. Throws EXECD_INVALID_OPTION for what a terminal or a detached container cannot have. */
export function resolveStdio(options: StdioOptions | null, rules: StdioRules): ProcessIO {
  const given =
    typeof options === 'string' ? { stdin: options, stdout: options, stderr: options } : (options ?? {})
  const [stdin, stdout, stderr] = NAMES.map((name, fd) => {
    const option = given[name] ?? rules.defaults[name]
    refuse(name, option, rules)
    return toStdio(option, fd)
  })
  return { stdin, stdout, stderr } as ProcessIO
}

function refuse(name: string, option: StdioOption, rules: StdioRules): void {
  const path = `stdio.${name}`
  const got = JSON.stringify(option)
  if (rules.terminal && option !== 'pipe' && option !== 'ignore') {
    throw invalidOption([{ path, wanted: '"pipe" or "ignore" for a process with a terminal', got }])
  }
  if (rules.detached && option === 'pipe') {
    throw invalidOption([
      { path, wanted: 'no pipe for a detached container: it would end with this process', got },
    ])
  }
}

function toStdio(option: StdioOption, fd: number): Stdio {
  if (option === 'pipe' || option === 'ignore') return { type: option }
  if (option === 'inherit') return { type: 'fd', fd }
  if ('fd' in option) return { type: 'fd', fd: option.fd }
  return { type: 'file', path: resolve(option.file), append: option.append ?? false }
}
