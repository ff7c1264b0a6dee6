import { Transform } from 'node:stream'
import type { Driver } from '@execd/core'
import type { Ignored } from './ignored.js'

const MOST = 4096
const same = <T>(value: T): T => value

/** Cuts off what a terminal shows. */
function cut(driver: Driver): Driver['run'] {
  return async (command, options) => {
    const process = await driver.run(command, options)
    if (!command.process.terminal || process.stdout === null) return process
    let left = MOST
    const transform = (chunk: Buffer, _encoding: string, done: (error: null, part: Buffer) => void): void => {
      const part = chunk.subarray(0, left)
      left -= part.length
      done(null, part)
    }
    const stdout = process.stdout.pipe(new Transform({ transform }), { end: false })
    // A terminal's stream may close without an end.
    process.stdout.once('close', () => stdout.end())
    return { ...process, stdout }
  }
}

/** Verbs of the driver over namespaces, and parts of what they are asked for, ignored. */
export const IGNORED_VERBS: readonly Ignored[] = [
  {
    field: 'update',
    without: same,
    over: () => ({ update: async () => {} }),
    groups: ['update'],
    fails: ['update.pids', 'update.memory'],
  },
  {
    field: 'user of an exec',
    without: same,
    spec: (spec) => ({ ...spec, user: null }),
    groups: ['exec'],
    fails: ['exec.user'],
  },
  {
    field: 'terminal of an exec',
    without: same,
    spec: (spec) => ({ ...spec, terminal: false, consoleSize: null }),
    groups: ['exec'],
    fails: ['exec.terminal'],
  },
  {
    field: 'what a terminal shows after some output',
    without: same,
    over: (driver) => ({ run: cut(driver) }),
    groups: ['terminal'],
    fails: ['terminal.drained'],
  },
]
