import { flagText } from '../output/flag-text.js'
import type { Example } from '../table/types.js'
import type { CommandModel } from './model.js'

/** A manual page in the macros of man(7), for the release of a version. Pure. */
export function manPage(
  { name, summary, entry }: CommandModel,
  examples: readonly Example[],
  version: string,
): string {
  const usage = `[\\fIoptions\\fR] ${roff(entry.operands.usage)}`.trimEnd()
  const options = entry.groups.flatMap(({ title, flags }) => [
    `.SS ${roff(title)}`,
    ...flags.map((flag) => `.TP\n\\fB${roff(flagText(flag))}\\fR\n${roff(flag.help)}.`),
  ])
  const exits = entry.exits?.map(([status, meaning]) => `.TP\n.B ${roff(status)}\n${roff(meaning)}`) ?? []
  return `${[
    heading(`execd-${name}`, version),
    `.SH NAME\nexecd\\-${roff(name)} \\- ${roff(summary)}`,
    `.SH SYNOPSIS\n.B execd ${roff(name)}\n${usage}`,
    `.SH DESCRIPTION\n${entry.description.map((text) => roff(text.replaceAll('`', ''))).join('\n.PP\n')}`,
    '.SH OPTIONS',
    ...options,
    ...(exits.length === 0 ? [] : ['.SH EXIT STATUS', ...exits]),
    ...(examples.length === 0 ? [] : ['.SH EXAMPLES', ...examples.map(exampleText)]),
    '.SH SEE ALSO\n.BR execd (1)',
  ].join('\n')}\n`
}

function exampleText({ text, shell }: Example): string {
  return `.PP\n${roff(text)}\n.PP\n.nf\n.RS 4\n${shell.split('\n').map(roff).join('\n')}\n.RE\n.fi`
}

/** The manual page that lists the commands. Pure. */
export function manOverview(commands: readonly CommandModel[], version: string): string {
  const sections = [...new Set(commands.map(({ section }) => section))].flatMap((section) => [
    `.SS ${roff(section)}`,
    ...commands
      .filter((one) => one.section === section)
      .map(({ name, summary }) => `.TP\n.BR execd\\-${roff(name)} (1)\n${roff(summary)}.`),
  ])
  return `${[
    heading('execd', version),
    '.SH NAME\nexecd \\- run a command in a container, look at it, understand the host',
    '.SH SYNOPSIS\n.B execd\n\\fICOMMAND\\fR [\\fIoptions\\fR]',
    '.SH COMMANDS',
    ...sections,
    '.SH ENVIRONMENT',
    '.TP\n.B EXECD_DRIVER\nThe driver, where \\-\\-driver is not given.',
    '.TP\n.B EXECD_DRIVER_OPTIONS\nOptions as JSON that the driver of EXECD_DRIVER is created with.',
    '.TP\n.B EXECD_STATE_DIR\nThe folder for output and ends of detached containers.',
    '.TP\n.B NO_COLOR\nNo colours.',
  ].join('\n')}\n`
}

function heading(name: string, version: string): string {
  return `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "execd ${version}" "execd"\n.ad l\n.nh`
}

/** Text that means itself: no line of it is a request. Pure. */
function roff(text: string): string {
  // A long word of alternatives may be broken after a comma.
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/([,|])(?=\S)/g, '$1\\:')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
