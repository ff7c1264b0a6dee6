import { conformance, runConformance, type TestFunction } from '@execd/conformance'
import { fieldKeys, NoopDriver, OPTIONAL_VERBS, type Pretence } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'

const nothing = { reason: 'not in this test' }
const without = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, nothing]))
/** Just enough of a shell for the kit's shortest scripts. */
const pretend = ({ args }: { args: readonly string[] }): Pretence =>
  args.join(' ').includes('read line; exit 3')
    ? { echo: true, exitCode: 3 }
    : args.at(-1) === 'cat'
      ? { echo: true }
      : {}
const rootfs = '/kit-no-such-rootfs'

describe('over the no-op driver of core', () => {
  test('what it declares is found sound', async () => {
    const createDriver = () => new NoopDriver({ pretend })
    const { driver, results } = await runConformance({ createDriver, rootfs, only: ['manifest', 'probe'] })
    expect(driver).toBe('noop')
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(results).toHaveLength(9)
  })

  test('every field can be asked for, and is refused where it is not declared', async () => {
    const keep = ['rootfs.type=directory', 'rootfs.path', 'process.args']
    for (const kept of [
      keep,
      ['rootfs.type=host', 'process.args'],
      ['rootfs.type=overlay', 'process.args'],
    ]) {
      const absent = fieldKeys().filter((key) => !kept.includes(key))
      const createDriver = () => new NoopDriver({ pretend, capabilities: { fields: without(absent) } })
      const { results } = await runConformance({ createDriver, rootfs, only: ['refusals'] })
      expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
      expect(results.map(({ id }) => id)).toEqual(absent.map((key) => `refusals.${key}`))
    }
  })

  test('a verb that is declared absent and done all the same is found', async () => {
    const createDriver = () => new NoopDriver({ pretend, capabilities: { verbs: without(OPTIONAL_VERBS) } })
    const { results } = await runConformance({ createDriver, rootfs, only: ['refusals'] })
    const failed = results.filter(({ status }) => status === 'failed').map(({ id }) => id)
    const own = ['exec', 'pause', 'stats', 'update', 'resize', 'recover', 'sweep']
    expect(failed).toEqual(own.map((verb) => `refusals.${verb}`))
    expect(results.map(({ id }) => id)).toEqual(OPTIONAL_VERBS.map((verb) => `refusals.${verb}`))
  })
})

describe('conformance', () => {
  test('declares a test for each case, prints the skips with their reasons and reports them where the runner can', async () => {
    const [declared, skipped, printed]: [string[], string[], string[]] = [[], [], []]
    const runner: TestFunction = Object.assign((name: string) => void declared.push(name), {
      skip: (name: string) => void skipped.push(name),
    })
    const createDriver = () =>
      new NoopDriver({ capabilities: { verbs: { pause: { reason: 'too [fast]' } } } })
    const only = ['pause', 'refusals'] as const
    const plan = await conformance({
      test: runner,
      createDriver,
      rootfs,
      only,
      print: (line) => printed.push(line),
    })
    expect(declared).toHaveLength(2)
    expect(declared[0]).toMatch(/^refusals\.pause: /)
    expect(skipped).toHaveLength(4)
    expect(skipped[0]).toMatch(
      /^pause\.stands-still: .* \[skipped: verb "pause" is not declared \(too fast\)\]$/,
    )
    expect(printed[0]).toBe('conformance of driver noop: 1 cases, 0 with an exception, 4 do not concern it')
    expect(printed[1]).toBe('  pause.stands-still: verb "pause" is not declared (too [fast])')
    expect(plan.skips).toHaveLength(4)
  })

  test('a case that does not end is a failure', async () => {
    const createDriver = () => new NoopDriver({ pretend: () => ({ runs: Number.POSITIVE_INFINITY }) })
    const { results } = await runConformance({
      createDriver,
      rootfs,
      timeoutMs: 200,
      only: ['cwd'],
      parallel: 3,
    })
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed'])
    expect(results[0]?.reason).toBe('cwd.used took more than 200 ms')
  })
})
