import { constants } from 'node:os'

const NAMES = new Map<number, NodeJS.Signals>(
  Object.entries(constants.signals)
    .reverse() // of several names of one number (SIGABRT and SIGIOT) the first one wins
    .map(([name, number]) => [number, name as NodeJS.Signals]),
)

/** Name of a signal; SIGRTMIN+n for the real-time ones, which Node has no names for. */
export function signalName(number: number): NodeJS.Signals {
  return NAMES.get(number) ?? (`SIGRTMIN+${number - 34}` as NodeJS.Signals)
}
