import type { ProbeCheck } from '@execd/core'
import type { Colours } from '../output/colours.js'
import type { Finding } from './examine.js'

const COLOURS = { ok: 'green', degraded: 'yellow', missing: 'red' } as const
const WIDTH = Math.max(...Object.keys(COLOURS).map((word) => word.length))

/** A finding for people, a line a check. Pure. */
export function reportOf(finding: Finding, quiet: boolean, colours: Colours): string {
  const { driver, usable, checks, facts } = finding
  const shown = quiet ? checks.filter(({ status }) => status !== 'ok') : checks
  const width = Math.max(0, ...shown.map(({ name }) => name.length))
  const verdict = usable
    ? colours.green('can run containers here')
    : colours.red('cannot run containers here')
  const lines = shown.flatMap((check) => linesOf(check, width, colours))
  const known = Object.entries(facts).map(([name, value]) => `${name} ${value}`)
  const about = quiet || known.length === 0 ? [] : [`  ${colours.dim(known.join(', '))}`]
  return [`${colours.bold(driver)} ${verdict}`, ...about, ...lines].map((line) => `${line}\n`).join('')
}

function linesOf(check: ProbeCheck, width: number, colours: Colours): string[] {
  const { name, reason, hint, status } = check
  const word = colours[COLOURS[status]](status.padEnd(WIDTH))
  const first = `  ${word}  ${name.padEnd(width)}  ${reason}`
  if (hint === undefined || status === 'ok') return [first]
  return [first, `${' '.repeat(2 + WIDTH + 2 + width + 2)}${colours.bold('mend:')} ${hint}`]
}
