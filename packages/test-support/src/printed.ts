/** Whether a text is what an example prints: "..." stands for anything within a line, a line of "..." for any lines. */
export function pattern(output: string): RegExp {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => (line === '...' ? '(?:.*\n)*?' : `${words(line)}\n`))
  return new RegExp(`^${lines.join('')}$`)
}

function words(line: string): string {
  return line
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('.*')
}
