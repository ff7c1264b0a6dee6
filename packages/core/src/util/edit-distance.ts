/** How many letters must be put in, taken out, replaced or swapped with their neighbour to turn one word into the other (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let older: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(older, j - 2) + 1)
      row.push(best)
    }
    older = previous
    previous = row
  }
  return at(previous, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

/** The one of the known words that was probably meant, or undefined. Letter case does not count. */
export function closest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const most = Math.min(3, Math.floor(word.length / 3))
  const lower = word.toLowerCase()
  let found: { name: string; distance: number } | undefined
  for (const name of known) {
    if (Math.abs(name.length - word.length) > most) continue
    const distance = editDistance(lower, name.toLowerCase())
    if (distance <= most && (found === undefined || distance < found.distance)) found = { name, distance }
  }
  return found?.name
}
