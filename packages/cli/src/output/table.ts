/** Rows in columns with two spaces between them, the last one as it is. Pure. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => visibleLength(row[column] ?? ''))))
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : padded(cell, widths[column] ?? 0)))
      .join('  '),
  )
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)))
}

/** Characters that are shown: colours are not. */
function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours begin with
  return text.replace(/\x1b\[\d*m/g, '').length
}
