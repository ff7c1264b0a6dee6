import type { Flag, Given } from '../table/types.js'

/** The options of a command line, filled while it is read. */
export class GivenFlags implements Given {
  readonly #known: ReadonlySet<string>
  readonly #switches = new Map<string, boolean>()
  readonly #values = new Map<string, string[]>()

  constructor(flags: readonly Flag[]) {
    this.#known = new Set(flags.map(({ name }) => name))
  }

  set(name: string, on: boolean): void {
    this.#switches.set(name, on)
  }

  add(name: string, value: string): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value])
  }

  has(name: string): boolean {
    return this.#check(name) && (this.#switches.has(name) || this.#values.has(name))
  }

  on(name: string): boolean {
    return this.flag(name) === true
  }

  flag(name: string): boolean | undefined {
    return this.#check(name) ? this.#switches.get(name) : undefined
  }

  text(name: string): string | undefined {
    return this.texts(name).at(-1)
  }

  texts(name: string): readonly string[] {
    return this.#check(name) ? (this.#values.get(name) ?? []) : []
  }

  #check(name: string): true {
    if (this.#known.has(name)) return true
    throw new Error(`the command has no option --${name}`)
  }
}
