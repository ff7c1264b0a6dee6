import { type Chosen, GROUPS } from '../case.js'

/** What a command line asks for. */
export interface Arguments {
  readonly driver: string
  readonly json: string | null
  readonly markdown: string | null
  readonly rootfs: string | null
  readonly from: string | null
  readonly options: unknown
  readonly timeoutMs: number | null
  readonly only: readonly Chosen[] | null
}

export const USAGE = `usage: execd-conformance DRIVER [options]

Runs every case of the kit over a driver: a name ("native": @execd/native), a package, or a path.

  --only NAME         only this group, or this case by its id; may be given more than once
  --json FILE         writes the results as JSON
  --markdown FILE     writes a table of badges as Markdown
  --rootfs DIR        a root file system with busybox (default: built of the one on PATH)
  --options JSON      options that the driver is created with
  --from PATH         where the driver is looked for (default: the working folder)
  --timeout MS        most milliseconds for each case (default: 30000)

groups: ${GROUPS.join(' ')}
exit code: 0 all passed, 1 some failed, 2 the command line is wrong
`

const VALUED = ['--only', '--json', '--markdown', '--rootfs', '--options', '--from', '--timeout'] as const

/** Reads a command line. Throws an Error in words when it is wrong. Pure. */
export function parseArguments(args: readonly string[]): Arguments {
  const values = new Map<string, string[]>()
  const drivers: string[] = []
  for (let index = 0; index < args.length; index++) {
    const [name = '', inline] = (args[index] ?? '').split(/=(.*)/s)
    if (!name.startsWith('--')) {
      drivers.push(args[index] ?? '')
      continue
    }
    if (!VALUED.some((known) => known === name)) throw new Error(`${name}: no such option`)
    const value = inline ?? args[++index]
    if (value === undefined) throw new Error(`${name}: wanted a value`)
    values.set(name, [...(values.get(name) ?? []), value])
  }
  const [driver] = drivers
  if (driver === undefined || drivers.length > 1) throw new Error('wanted one driver')
  const last = (name: string): string | null => values.get(name)?.at(-1) ?? null
  return {
    driver,
    json: last('--json'),
    markdown: last('--markdown'),
    rootfs: last('--rootfs'),
    from: last('--from'),
    options: optionsOf(last('--options')),
    timeoutMs: timeoutOf(last('--timeout')),
    only: chosenOf(values.get('--only')),
  }
}

function chosenOf(names: readonly string[] | undefined): readonly Chosen[] | null {
  if (names === undefined) return null
  return names.map((name) => {
    const group = GROUPS.find((known) => known === name || name.startsWith(`${known}.`))
    if (group === undefined) throw new Error(`--only: there is no group "${name}"`)
    return name as Chosen
  })
}

function optionsOf(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    throw new Error('--options: wanted JSON')
  }
}

function timeoutOf(text: string | null): number | null {
  if (text === null) return null
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Error('--timeout: wanted a whole number of milliseconds')
  return value
}
