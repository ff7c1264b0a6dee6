import { setTimeout as sleep } from 'node:timers/promises'
import { coloursFor } from '../output/colours.js'
import { print } from '../output/print.js'
import { intervalOf } from '../stats/interval.js'
import { showLive } from '../stats/live.js'
import { containers, processesOf } from '../stats/sources.js'
import type { Action } from '../table/types.js'

export const action: Action = async ({ given, operands: [word] }) => {
  const interval = intervalOf(given)
  const source = word === undefined ? containers(given) : processesOf(given, word)
  if (process.stdout.isTTY && process.stdin.isTTY) return showLive(source, interval)
  const plain = { ink: null, colours: coloursFor(process.stdout), plots: 0 }
  await source.next('cpu', plain)
  await sleep(interval)
  await print((await source.next('cpu', plain)) ?? '')
  return 0
}
