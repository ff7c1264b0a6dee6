import { COMMANDS } from '../table/commands.js'
import type { CommandEntry, CommandHead, Flag } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { coloursFor } from './colours.js'
import { flagText } from './flag-text.js'
import { print } from './print.js'
import { wrap } from './wrap.js'

const WIDEST = 100
const columns = (): number => Math.min(process.stdout.columns ?? 80, WIDEST)

/** The list of commands. */
export async function printOverview(leading: readonly string[]): Promise<number> {
  const wrong = leading.find((word) => !['--help', '-h', '--debug'].includes(word))
  if (wrong !== undefined) throw new UsageError(`${wrong}: wanted a command with it`)
  const { bold } = coloursFor(process.stdout)
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 2
  const sections = [...new Set(COMMANDS.map(({ section }) => section))].map((section) => {
    const lines = COMMANDS.filter((one) => one.section === section).map(
      ({ name, summary }) => `  ${name.padEnd(width)}${summary}`,
    )
    return [bold(section), ...lines].join('\n')
  })
  await print(
    `${bold('Usage:')} execd COMMAND [options]\n\n${sections.join('\n\n')}\n\nexecd COMMAND --help tells more; execd --version prints the version.\n`,
  )
  return 0
}

/** The help of a command. */
export async function printHelp(head: CommandHead): Promise<number> {
  const { ENTRY: entry } = await head.entry()
  await print(helpText(head, entry, columns(), coloursFor(process.stdout).bold))
  return 0
}

/** The help of a command, for a width in columns. Pure. */
export function helpText(
  { name, summary }: CommandHead,
  entry: CommandEntry,
  width: number,
  bold: (text: string) => string,
): string {
  const usage = ['execd', name, '[options]', entry.operands.usage].filter((word) => word !== '').join(' ')
  const groups = entry.groups.map(({ title, flags }) =>
    [bold(title), ...flags.flatMap((flag) => flagLines(flag, width))].join('\n'),
  )
  const exits = entry.exits?.map(([status, meaning]) => `  ${status.padEnd(7)} ${meaning}`) ?? []
  return `${[
    `${bold('Usage:')} ${usage}`,
    summary,
    ...entry.description.map((paragraph) => wrap(paragraph.replaceAll('`', ''), width, '')),
    ...groups,
    ...(exits.length === 0 ? [] : [[bold('Exit status'), ...exits].join('\n')]),
  ].join('\n\n')}\n`
}

const INDENT = 8

function flagLines(flag: Flag, width: number): string[] {
  return [`  ${flagText(flag)}`, wrap(flag.help, width, ' '.repeat(INDENT))]
}
