import { FakeDriver } from '@execd/conformance/fake'
import type { Command, DriverProcess, RunOptions } from '@execd/core/driver'
import type { Broken } from './broken.js'

/** Sets a variable that nobody asked for, as LXC does. */
export class SetsContainer extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const env = { ...command.process.env, container: 'lxc' }
    return super.run({ ...command, process: { ...command.process, env } }, options)
  }
}

/** Faults of the exceptions that a driver declares. */
export const EXCEPTION_FAULTS: readonly Broken[] = [
  {
    fault: 'declares exceptions from a MUST, from no rule, from what does not concern it, and without words',
    create: () =>
      new SetsContainer({
        capabilities: {
          exceptions: {
            'exit.codes': { reason: 'it has no codes', shows: 'code' },
            'pause.nothing': { reason: 'there is no such rule', shows: 'pause' },
            'env.others': { reason: '', shows: '["container"]' },
          },
        },
      }),
    fails: ['manifest.exceptions'],
  },
  {
    fault: 'declares an exception that it does not need',
    create: () =>
      new FakeDriver({
        capabilities: { exceptions: { 'env.newlines': { reason: 'no newlines', shows: 'newline' } } },
      }),
    fails: ['env.newlines'],
  },
  {
    fault: 'differs otherwise than it declares',
    create: () =>
      new SetsContainer({
        capabilities: { exceptions: { 'env.others': { reason: 'it sets a name', shows: '["name"]' } } },
      }),
    fails: ['env.others'],
  },
]
