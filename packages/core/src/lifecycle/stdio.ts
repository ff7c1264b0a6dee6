import { resolve } from 'node:path'
import type { ProcessIO, Stdio } from '../contract/driver.js'
import { invalidOption, type StdioPlan } from './parse-options.js'

const NAMES = ['stdin', 'stdout', 'stderr'] as const
const DEFAULT_MAX_FILES = 5

type OnePlan = Extract<StdioPlan, string> | NonNullable<Extract<StdioPlan, object>['stdin']>

/** The defaults of a call, and what its process is. */
export interface StdioRules {
  readonly defaults: Readonly<Record<(typeof NAMES)[number], 'pipe' | 'ignore'>>
  readonly terminal: boolean
  readonly detached: boolean
}

/** Where the three descriptors go, as drivers are told. Throws EXECD_INVALID_OPTION for what a terminal or a detached container cannot have. */
export function resolveStdio(options: StdioPlan | null, rules: StdioRules): ProcessIO {
  const given =
    typeof options === 'string' ? { stdin: options, stdout: options, stderr: options } : (options ?? {})
  const [stdin, stdout, stderr] = NAMES.map((name, fd) => {
    const option = given[name] ?? rules.defaults[name]
    refuse(name, option, rules)
    return toStdio(option, fd)
  })
  return { stdin, stdout, stderr } as ProcessIO
}

function refuse(name: string, option: OnePlan, rules: StdioRules): void {
  const path = `stdio.${name}`
  const got = JSON.stringify(option)
  if (rules.terminal && option !== 'pipe' && option !== 'ignore') {
    throw invalidOption([{ path, wanted: '"pipe" or "ignore" for a process with a terminal', got }])
  }
  if (typeof option === 'object' && 'file' in option) refuseRotation(name, path, option, got)
  if (rules.detached && option === 'pipe') {
    throw invalidOption([
      { path, wanted: 'no pipe for a detached container: it would end with this process', got },
    ])
  }
}

function refuseRotation(
  name: string,
  path: string,
  { maxSize, maxFiles }: Extract<OnePlan, { file: string }>,
  got: string,
): void {
  if (name === 'stdin' && (maxSize !== undefined || maxFiles !== undefined)) {
    throw invalidOption([{ path, wanted: 'no maxSize and no maxFiles for input', got }])
  }
  if (maxFiles !== undefined && maxSize === undefined) {
    throw invalidOption([{ path, wanted: 'maxFiles only together with maxSize', got }])
  }
}

/** Whether an output file is to be rotated. */
export function rotates(io: ProcessIO): boolean {
  return [io.stdout, io.stderr].some((stdio) => stdio.type === 'file' && stdio.rotate !== null)
}

function toStdio(option: OnePlan, fd: number): Stdio {
  if (option === 'pipe' || option === 'ignore') return { type: option }
  if (option === 'inherit') return { type: 'fd', fd }
  if ('fd' in option) return { type: 'fd', fd: option.fd }
  const { file, append = false, maxSize, maxFiles = DEFAULT_MAX_FILES } = option
  const rotate = maxSize === undefined ? null : { maxSize, maxFiles }
  return { type: 'file', path: resolve(file), append, rotate }
}
