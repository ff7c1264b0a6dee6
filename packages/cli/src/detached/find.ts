import { Failure } from '../failure.js'
import type { Given } from '../table/types.js'
import type { Known } from './known.js'
import { allKnown } from './reach.js'

/** The containers that words name, each by its id or the beginning of it that no other has. Throws Failure. */
export async function findAll(given: Given, words: readonly string[]): Promise<Known[]> {
  const known = await allKnown(given)
  return words.map((word) => pick(known, word))
}

export async function findOne(given: Given, word: string): Promise<Known> {
  return pick(await allKnown(given), word)
}

/** The container that a word names. Throws Failure. Pure. */
export function pick(known: readonly Known[], word: string): Known {
  const exact = known.find(({ id }) => id === word)
  if (exact !== undefined) return exact
  const [only, ...more] = known.filter(({ id }) => id.startsWith(word))
  if (only !== undefined && more.length === 0) return only
  if (only === undefined)
    throw new Failure(`there is no detached container ${word}`, 'execd ps --all lists those there are')
  const ids = [only, ...more].map(({ id }) => id).join(', ')
  throw new Failure(`${word} is the beginning of more than one container: ${ids}`)
}
