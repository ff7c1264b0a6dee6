/** A block of a page that shows a session in a shell. */
export interface ShellBlock {
  /** Its first line in the page. */
  readonly line: number
  /** What is typed, without prompts. */
  readonly shell: string
  /** What is printed. */
  readonly output: string
}

/** The ```console blocks of a Markdown text. Pure. */
export function shellBlocks(text: string): ShellBlock[] {
  const found = text.matchAll(/^```console\n([\s\S]*?)^```$/gm)
  return [...found].map(({ index, 1: block = '' }) => {
    const lines = block.trimEnd().split('\n')
    const typed = lines.filter((line) => line.startsWith('$ '))
    const printed = lines.filter((line) => !line.startsWith('$ '))
    return {
      line: text.slice(0, index).split('\n').length + 1,
      shell: typed.map((line) => line.slice(2)).join('\n'),
      output: printed.map((line) => `${line}\n`).join(''),
    }
  })
}
