/** The known word that was probably meant: one that differs by one letter, else one that begins so; undefined when there is none or more than one. Pure. */
export function meant(word: string, known: readonly string[]): string | undefined {
  const near = known.filter((name) => isNear(word, name))
  const [first, ...more] = near.length > 0 ? near : known.filter((name) => name.startsWith(word))
  return more.length === 0 ? first : undefined
}

/** One letter is missing, too many, wrong or swapped with the next. */
function isNear(a: string, b: string): boolean {
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  const [restA, restB] = [a.slice(start), b.slice(start)]
  const swapped = restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
  return swapped || restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)
}
