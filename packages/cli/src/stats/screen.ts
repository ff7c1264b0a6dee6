/** Text on a terminal that is drawn again and again in the same place. */
export class Screen {
  readonly #write: (text: string) => void
  readonly #size: () => { readonly rows: number; readonly columns: number }
  #height = 0

  constructor(
    write: (text: string) => void,
    size: () => { readonly rows: number; readonly columns: number },
  ) {
    this.#write = write
    this.#size = size
  }

  /** Draws lines over those of the time before, as many as there is room for. */
  draw(text: string): void {
    const { rows, columns } = this.#size()
    const lines = text
      .trimEnd()
      .split('\n')
      .slice(0, Math.max(1, rows - 1))
    const up = this.#height === 0 ? '' : `\x1b[${this.#height}A`
    const drawn = lines.map((line) => `${cut(line, columns)}\x1b[K\n`).join('')
    this.#write(`${up}\r${drawn}\x1b[J`)
    this.#height = lines.length
  }
}

/** A line that is not broken by the edge of the terminal; colours take no room. Pure. */
export function cut(line: string, columns: number): string {
  let left = columns
  let out = ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours begin with
  for (const [part, colour] of line.matchAll(/(\x1b\[\d*m)|[^\x1b]+/g)) {
    if (colour !== undefined) out += colour
    else {
      const shown = [...part].slice(0, left)
      left -= shown.length
      out += shown.join('')
    }
  }
  return out
}
