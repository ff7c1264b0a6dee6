import { isAlive } from '../host/alive.js'
import { Records } from './records.js'

/** Removes the folders of containers whose starter died before they ran: no driver knows them. Gives their ids. */
export function sweepRecords(known: readonly { readonly id: string }[], records = new Records()): string[] {
  const dead = records.all().filter(({ id, starter }) => {
    return starter !== null && !isAlive(starter) && !known.some((one) => one.id === id)
  })
  for (const { id } of dead) records.remove(id)
  return dead.map(({ id }) => id)
}
