/** Options with a value that may stand before the command. */
const VALUED: readonly string[] = ['--driver', '--driver-options', '--from']

/** The command line as options before the command, the command, and the rest. Pure. */
export function splitLeading(args: readonly string[]): {
  leading: readonly string[]
  word: string | undefined
  rest: readonly string[]
} {
  let index = 0
  while (index < args.length && args[index]?.startsWith('-') === true) {
    index += VALUED.includes(args[index] ?? '') ? 2 : 1
  }
  return { leading: args.slice(0, index), word: args[index], rest: args.slice(index + 1) }
}
