import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandInput, Runtime } from '@execd/core'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { leftovers, makeRootfs, scratch } from './support/container.js'
import { runtimeWithTools } from './support/tools.js'

const { describe, test } = requires('root', 'lxc', 'busybox', 'script')

const folder = scratch()
let rootfs: string
const runtimes: Runtime[] = []
beforeAll(() => {
  rootfs = makeRootfs(join(folder.path, 'rootfs'))
})
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.close()
  expect(leftovers(folder.path)).toEqual([])
})
afterAll(() => folder.remove())

async function withTools(scripts: Record<string, string | null>): Promise<Runtime> {
  const runtime = await runtimeWithTools(folder, scripts)
  runtimes.push(runtime)
  return runtime
}

const command = (script: string, process: object = {}): CommandInput => ({
  rootfs,
  process: { args: ['sh', '-c', script], ...process },
})

test('no more than one process of the tools of LXC is started for a run', async () => {
  const log = join(folder.path, 'log')
  const noted = `echo "\${0##*/}" >>${log}; exec REAL "$@"`
  const names = ['lxc-start', 'lxc-stop', 'lxc-attach', 'lxc-freeze', 'lxc-unfreeze', 'sh', 'mkfifo']
  const on = await withTools(Object.fromEntries(names.map((name) => [name, noted])))
  expect(await on.run(command('exit 3'))).toMatchObject({ exitCode: 3 }) // the first looks at the version
  rmSync(log)
  expect(await on.run(command('exit 4'))).toMatchObject({ exitCode: 4 })
  expect(readFileSync(log, 'utf8')).toBe('lxc-start\n')
})

describe('script(1), which makes terminals', () => {
  const terminal = { terminal: true }

  test('not installed: refused with the reason', async () => {
    const on = await withTools({ script: null })
    await expect(on.run(command('true', terminal))).rejects.toMatchObject({
      code: 'EXECD_UNSUPPORTED',
      message: expect.stringContaining('script and stty'),
      hint: expect.stringContaining('util-linux'),
    })
  })

  test.each([
    ['killed', 'kill -KILL $$'],
    ['broken', 'echo "no ptys" >&2; exit 3'],
    ['garbage', 'echo garbage; exit 0'],
  ])('%s', async (_, script) => {
    const on = await withTools({ script })
    await expect(on.run(command('true', terminal), { timeout: '20s' })).rejects.toMatchObject({
      code: expect.stringMatching(/^EXECD_(START_FAILED|TERMINAL|HELPER_DAMAGED)$/),
      message: expect.stringContaining('terminal'),
    })
  })

  test('slow', async () => {
    const on = await withTools({ script: 'sleep 0.5; exec REAL "$@"' })
    expect(await on.run(command('tty; exit 4', terminal))).toMatchObject({ exitCode: 4 })
  })
})

describe('the keeper of a detached container', () => {
  const detached = { detached: true, stdio: 'ignore' } as const
  const keeping = (script: string) => `case $1 in *keep.sh) ${script};; esac; exec REAL "$@"`

  test.each([
    ['killed', keeping('kill -KILL $$')],
    ['ends at once', keeping('exit 3')],
  ])('%s: the start fails and nothing is left', async (_, sh) => {
    const on = await withTools({ sh })
    await expect(on.start(command('sleep 1000'), detached)).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      details: { tool: 'lxc-start' },
    })
  })

  test('slow', async () => {
    const on = await withTools({ sh: keeping('sleep 0.5') })
    const container = await on.start(command('exit 4'), detached)
    expect(await container.wait()).toMatchObject({ exitCode: 4 })
  })
})

describe('what sweeps', () => {
  const guarding = (script: string) => `case $1 in *guard.sh) ${script};; esac; exec REAL "$@"`

  test('the guard is killed at once, each time: containers run, and it is not started without end', async () => {
    const log = join(folder.path, 'guards')
    const on = await withTools({ sh: guarding(`echo x >>${log}; kill -KILL $$`) })
    expect(await on.run(command('sleep 1; exit 4'))).toMatchObject({ exitCode: 4, cleanup: [] })
    expect(readFileSync(log, 'utf8').length / 2).toBeLessThan(10)
  })

  test('lxc-stop fails: all is ended none the less', async () => {
    const on = await withTools({ 'lxc-stop': 'exit 1' })
    await on.start(command('sleep 1000'), { stdio: 'ignore' })
  })
})
