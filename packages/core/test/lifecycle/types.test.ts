import type { Container, Reason, RunOptions, RunResult, Runtime, Stats } from '@execd/core'
import type { DriverPlugin, NoopOptions } from '@execd/core/driver'
import { expect, test } from '@jest/globals'
import { command, runtimeOf } from './support.js'

/** True when the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const pin = <_Holds extends true>(): void => {}

declare const options: RunOptions
const calls = (runtime: Runtime, container: Container) => ({
  plain: () => runtime.run(command('x')),
  utf8: () => runtime.run(command('x'), { encoding: 'utf8', timeout: '1s' }),
  buffer: () => runtime.run(command('x'), { encoding: 'buffer' }),
  open: () => runtime.run(command('x'), options),
  one: () => container.stats(),
  many: () => container.stats({ interval: 1 }),
})
type Calls = ReturnType<typeof calls>
type Gives<Name extends keyof Calls> = Awaited<ReturnType<Calls[Name]>>

test('types follow the options', async () => {
  pin<Same<Gives<'plain'>, RunResult<string>>>()
  pin<Same<Gives<'utf8'>, RunResult<string>>>()
  pin<Same<Gives<'buffer'>, RunResult<Buffer>>>()
  pin<Same<Gives<'open'>, RunResult<string | Buffer>>>()
  pin<Same<Gives<'one'>, Stats>>()
  pin<Same<ReturnType<Calls['many']>, AsyncIterable<Stats>>>()
  pin<Same<Reason, 'exited' | 'signaled' | 'oom' | 'timeout' | 'aborted' | 'output-limit' | 'lost'>>()
  pin<DriverPlugin<NoopOptions> extends DriverPlugin ? true : false>()
  // @ts-expect-error no such event
  const wrong = (runtime: Runtime) => runtime.on('ended', () => {})
  // @ts-expect-error interval is owed
  const empty = (container: Container) => container.stats({})
  expect([wrong, empty]).toHaveLength(2)

  const runtime = await runtimeOf({ x: { stdout: 'text' } })
  expect(typeof (await runtime.run(command('x'))).stdout).toBe('string')
  expect(Buffer.isBuffer((await runtime.run(command('x'), { encoding: 'buffer' })).stdout)).toBe(true)
})
