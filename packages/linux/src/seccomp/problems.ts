import { type SeccompProblem, SeccompProfileError } from './error.js'

export type Fields = Readonly<Record<string, unknown>>

/** Collects what is wrong with a profile, so that one error can tell it all. */
export class Problems {
  readonly #found: SeccompProblem[] = []

  /** Notes a problem; returns false so that checks can end with it. */
  add(path: string, got: unknown, wanted: string): false {
    this.#found.push({ path, got, wanted })
    return false
  }

  throwIfAny(): void {
    const [first, ...rest] = this.#found
    if (first) throw new SeccompProfileError([first, ...rest])
  }

  object(path: string, value: unknown, keys: readonly string[]): Fields | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.add(path, value, 'an object')
      return undefined
    }
    for (const [key, member] of Object.entries(value)) {
      if (!keys.includes(key))
        this.add(join(path, key), member, REFUSED[key] ?? `one of the fields ${keys.join(', ')}`)
    }
    return value as Fields
  }

  /** A list, or the empty list where it is absent. */
  list(path: string, value: unknown, nullable = false): readonly unknown[] {
    if (value === undefined || (nullable && value === null)) return []
    if (Array.isArray(value)) return value
    this.add(path, value, 'a list')
    return []
  }

  /** A list of strings that all pass a test. */
  names(
    path: string,
    value: unknown,
    accept: (name: string) => boolean,
    wanted: string,
    nullable = false,
  ): void {
    this.list(path, value, nullable).forEach((name, index) => {
      if (typeof name !== 'string' || !accept(name)) this.add(`${path}[${index}]`, name, wanted)
    })
  }
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

const LISTENER = 'nothing: SCMP_ACT_NOTIFY and its listener are not supported'
const REFUSED: Readonly<Record<string, string>> = { listenerPath: LISTENER, listenerMetadata: LISTENER }
