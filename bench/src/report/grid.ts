/** Lines of a table for a terminal: the first column to the left, numbers to the right, texts (no digit in front) to the left. */
export function grid(rows: ReadonlyArray<readonly string[]>): string[] {
  const count = Math.max(...rows.map((row) => row.length))
  const columns = Array.from({ length: count }, (_, column) => rows.map((row) => row[column] ?? ''))
  const padded = columns.map((cells, column) => {
    const width = Math.max(...cells.map((cell) => cell.length))
    const numeric = column > 0 && cells.slice(1).every((cell) => /^$|^-$|^[\d.]/.test(cell))
    return cells.map((cell) => (numeric ? cell.padStart(width) : cell.padEnd(width)))
  })
  return rows.map((_, line) =>
    padded
      .map((column) => column[line])
      .join('  ')
      .trimEnd(),
  )
}
