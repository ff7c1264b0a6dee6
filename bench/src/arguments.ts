/** What a run of the bench was asked for. */
export interface BenchOptions {
  /** Fewer rounds: seconds instead of minutes. */
  readonly quick: boolean
  /** Rounds of every measure instead of its own number; null: its own. */
  readonly runs: number | null
  /** Names of measures and subjects; empty: all. */
  readonly only: readonly string[]
  /** File for all results and samples, or null. */
  readonly json: string | null
  /** Folder for pictures, or null. */
  readonly svg: string | null
  readonly help: boolean
}

export const USAGE = `usage: pnpm bench [--quick] [--runs N] [--only NAME,...] [--json FILE] [--svg FOLDER]
  --quick     fewer rounds: under a minute instead of a few
  --runs N    rounds of every measure
  --only A,B  only these measures, only these subjects (the bare child_process stays, as the base of ratios)
  --json F    write machine, subjects, statistics and all samples as JSON
  --svg F     draw a picture of each measure that compares subjects, F/start.svg and so on`

/** Reads the command line. Throws an Error with a sentence for what it does not know. */
export function parseArguments(args: readonly string[], known: readonly string[]): BenchOptions {
  const options = { quick: false, runs: null, only: [], json: null, svg: null, help: false } as {
    -readonly [Name in keyof BenchOptions]: BenchOptions[Name]
  }
  const rest = args.flatMap((arg) => (/^--[a-z]+=/.test(arg) ? splitOnce(arg) : [arg]))
  while (rest.length > 0) {
    const name = rest.shift()
    if (name === '--') continue
    else if (name === '--quick') options.quick = true
    else if (name === '--help' || name === '-h') options.help = true
    else if (name === '--runs') options.runs = wholeNumber(value(name, rest))
    else if (name === '--only') options.only = names(value(name, rest), known)
    else if (name === '--json') options.json = value(name, rest)
    else if (name === '--svg') options.svg = value(name, rest)
    else throw new Error(`unknown argument ${name}\n${USAGE}`)
  }
  return options
}

function splitOnce(arg: string): string[] {
  const at = arg.indexOf('=')
  return [arg.slice(0, at), arg.slice(at + 1)]
}

function value(name: string, rest: string[]): string {
  const found = rest.shift()
  if (found === undefined || found === '') throw new Error(`${name} needs a value\n${USAGE}`)
  return found
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number
  throw new Error(`--runs: wanted a whole number from 1 to 10000, got ${text}`)
}

function names(text: string, known: readonly string[]): string[] {
  const wanted = text.split(',').filter((name) => name !== '')
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length === 0) return wanted
  throw new Error(`--only: no ${unknown.join(', ')}; there are ${known.join(', ')}`)
}
