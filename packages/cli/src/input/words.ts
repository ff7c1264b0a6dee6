import { UsageError } from '../usage-error.js'

/** A number where the text is one, else the text, so that the schema says what is wanted. Pure. */
export function numeric(text: string | undefined): number | string | undefined {
  if (text === undefined) return undefined
  return /^-?(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : text
}

/** "NAME=VALUE" at its first "="; without one the value is undefined. Pure. */
export function pair(text: string): readonly [name: string, value: string | undefined] {
  const at = text.indexOf('=')
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** Pairs as an object; for a name without a value, `missing` says what to do. Pure but for that. */
export function pairs(
  texts: readonly string[],
  missing: (name: string) => string | undefined,
): Record<string, string> {
  const entries = texts.flatMap((text) => {
    const [name, given] = pair(text)
    const value = given ?? missing(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

/** The words of "KEY=VALUE,SWITCH,...", with the keys by their other names. A key that is not known is a UsageError. Pure. */
export function keyed(
  option: string,
  text: string,
  known: Readonly<Record<string, string>>,
): ReadonlyArray<readonly [key: string, value: string]> {
  return text.split(',').map((word) => {
    const [name, value] = pair(word)
    const key = Object.hasOwn(known, name) ? known[name] : undefined
    if (key === undefined)
      throw new UsageError(
        `--${option}: ${JSON.stringify(name)} is no key of it`,
        null,
        `its keys are ${Object.keys(known).join(', ')}`,
      )
    return [key, value ?? 'true']
  })
}
