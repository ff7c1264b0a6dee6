import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { CommandInput, Runtime, StartOptions } from '@execd/core'
import { expect } from '@jest/globals'
import { childrenOf, groupsBelow, newMark, sleepers } from '../driver/support/host-state.js'
import { until } from '../driver/support/until.js'
import { DETACHED, detachedTests, type OtherNode, type Place } from './support.js'

const ROUNDS = 2
/** From one moment to the next it is about as long. */
const LATER_MS = 3

/** SIGKILL to Node, and to its monitors at the same instant where that is wanted. */
async function kill(node: OtherNode, withMonitors: boolean): Promise<void> {
  const own = node.process.pid ?? 0
  process.kill(own, 'SIGSTOP')
  const monitors = childrenOf(own)
    .filter((one) => one.includes('execd-init'))
    .map((one) => Number.parseInt(one, 10))
  const all = withMonitors ? [own, ...monitors] : [own]
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  for (const pid of all) process.kill(pid, 'SIGKILL')
  await node.closed
}

detachedTests('Node killed at any moment of a start', ({ suite, parent, newPlace }, test) => {
  const kinds: ReadonlyArray<
    readonly [string, (mark: string, file: string) => [CommandInput, StartOptions]]
  > = [
    ['plain', (mark) => [suite.command(['sleep', mark]), DETACHED]],
    ['with an init', (mark) => [suite.command(['sleep', mark], { init: true }), DETACHED]],
    [
      'with a terminal',
      (mark) => [suite.command(['sleep', mark], { process: { terminal: true } }), DETACHED],
    ],
    [
      'with an output file and a limit',
      (mark, file) => [
        suite.command(['sleep', mark], { resources: { pids: { limit: 9 } } }),
        { detached: true, stdio: { stdin: 'ignore', stdout: { file, maxSize: '1MiB' }, stderr: 'ignore' } },
      ],
    ],
  ]

  /** The moments of a start, by what can be seen of it from outside. */
  const moments: ReadonlyArray<readonly [string, (place: Place, id: string, mark: string) => boolean]> = [
    ['before anything', () => true],
    ['its folder is there', (place, id) => place.names().includes(id)],
    ['its first group is there', () => groupsBelow(parent).length > 0],
    ['its processes are written down', (place, id) => place.record(id) !== ''],
    ['its program runs', (_place, _id, mark) => sleepers(mark).length > 0],
  ]

  async function round(
    place: Place,
    runtime: Runtime,
    start: ReturnType<(typeof kinds)[number][1]>,
    mark: string,
    both: boolean,
    reached: (typeof moments)[number][1],
  ) {
    const [command, options] = start
    const node = place.node({ start: [{ command: { ...command, id: `box-${mark}` }, options }] })
    await node.says('ready')
    // looked at without a pause: the moments are some hundred microseconds apart
    while (
      !reached(place, `box-${mark}`, mark) &&
      !node.said.some((one) => 'done' in one) &&
      node.process.exitCode === null
    )
      await new Promise(setImmediate)
    await delay(Math.random() * LATER_MS)
    await kill(node, both)
    const told = node.said.some((one) => 'pid' in one)
    if (both) {
      // whatever is left of it is either found, as lost, or swept; a monitor that was just being made may have been missed
      for (const container of await runtime.recover())
        expect((await container.terminate()).reason).toMatch(/lost|signaled/)
    } else if (told) {
      const [container] = await runtime.recover()
      expect(container?.status).toBe('running')
      expect(sleepers(mark)).toHaveLength(1)
      expect((await container?.terminate())?.signal).toBe('SIGKILL')
    } else {
      // it began, and goes on, or it never did: then its monitor undoes it
      await until('it is there or gone', async () => {
        const found = await runtime.recover()
        for (const container of found) await container.terminate()
        return found.length > 0 || (sleepers(mark).length === 0 && groupsBelow(parent).length === 0)
      })
    }
    // a helper that was just being made holds what its Node held for a moment longer
    await until('nothing is left', async () => {
      await runtime.sweep()
      const processes = sleepers(mark).length + groupsBelow(parent).length
      return processes === 0 && place.names().length === 0 && place.owners().length === 1
    })
    expect(await runtime.recover()).toEqual([])
  }

  for (const [kind, start] of kinds) {
    for (const both of [false, true]) {
      test(`${kind}${both ? ', its monitor with it' : ''}: lost is nothing that was told, and left is nothing else`, async () => {
        const place = newPlace()
        const runtime = await place.runtime()
        await runtime.run(suite.command(['true']))
        for (const [, reached] of moments) {
          for (let left = ROUNDS; left > 0; left--) {
            const mark = newMark()
            await round(place, runtime, start(mark, join(suite.temp, `out-${mark}`)), mark, both, reached)
          }
        }
      })
    }
  }
})
