import { allCases, type Case, type Chosen, groupOf, type KitOptions } from '@execd/conformance'

/** One in so many of the cases that are about other things is run too. */
const SHARE = 8

/**
 * What is run over a broken driver: the groups of the cases that must fail, and a share of all others, for each driver another, so that all of them together meet
 * every case several times. Pure.
 */
export function chosen(
  fails: readonly Case['id'][],
  place: number,
  options: Pick<KitOptions, 'leftovers'>,
): Chosen[] {
  const groups = [...new Set(fails.map(groupOf))]
  const others = allCases(options).filter(({ id }) => !groups.includes(groupOf(id)))
  const share = others.filter((_, index) => (index + place) % SHARE === 0)
  return [...groups, ...share.map(({ id }) => id)]
}
