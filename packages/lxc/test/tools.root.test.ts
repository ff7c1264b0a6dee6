import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRuntime, type Runtime } from '@execd/core'
import { lxc } from '@execd/lxc'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { cgroupParent, leftovers, makeRootfs, scratch } from './support/container.js'
import { runtimeWithTools } from './support/tools.js'

const { describe, test } = requires('root', 'lxc', 'busybox')

describe('tools that fail', () => {
  const folder = scratch()
  let rootfs: string
  let runtime: Runtime | null = null
  beforeAll(() => {
    rootfs = makeRootfs(join(folder.path, 'rootfs'))
  })
  afterEach(async () => {
    await runtime?.close()
    expect(leftovers(folder.path)).toEqual([])
  })
  afterAll(() => folder.remove())

  async function withTools(scripts: Record<string, string | null>): Promise<Runtime> {
    runtime = await runtimeWithTools(folder, scripts)
    return runtime
  }
  const run = (on: Runtime, args = ['true']) => on.run({ rootfs, process: { args } }, { timeout: '20s' })

  test('not installed', async () => {
    await expect(run(await withTools({ 'lxc-start': null }))).rejects.toMatchObject({
      code: 'EXECD_HELPER_MISSING',
      message: expect.stringContaining('lxc-start'),
      hint: expect.stringContaining('apt-get install lxc'),
    })
  })

  test('too old', async () => {
    await expect(run(await withTools({ 'lxc-start': 'echo 3.0.4' }))).rejects.toMatchObject({
      code: 'EXECD_HOST',
      message: expect.stringContaining('3.0.4'),
    })
  })

  test.each(['echo this is not LXC', 'printf "\\001\\377garbage"', 'true'].map((value) => [value] as const))(
    'garbage: %s',
    async (script) => {
      await expect(run(await withTools({ 'lxc-start': script }))).rejects.toMatchObject({
        code: 'EXECD_HELPER_DAMAGED',
        details: { args: ['--version'] },
      })
    },
  )

  test('broken: its last lines are told', async () => {
    await expect(
      run(await withTools({ 'lxc-start': 'echo "cannot open liblxc.so.1" >&2; exit 127' })),
    ).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('liblxc.so.1'),
      details: { program: 'lxc-start', toolExitCode: 127 },
    })
  })

  const version = '[ "$1" = --version ] && exec REAL "$@"\n'

  test('killed while it starts', async () => {
    await expect(run(await withTools({ 'lxc-start': `${version}kill -KILL $$` }))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('SIGKILL'),
    })
  })

  test('ends at once with an error and a log', async () => {
    const script = `${version}while [ "$1" != -o ]; do shift; done; echo "lxc-start x 20260101000000.1 ERROR    conf - ../conf.c:f:1 - Something odd" >"$2"; exit 1`
    await expect(run(await withTools({ 'lxc-start': script }))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('Something odd'),
      details: { log: ['Something odd'] },
    })
  })

  test('a log of garbage does no harm', async () => {
    const script = `${version}for a; do [ "$last" = -o ] && log=$a; last=$a; done; head -c 200000 /dev/urandom >"$log"; echo >"$log"; exec REAL "$@"`
    expect(await run(await withTools({ 'lxc-start': script }), ['sh', '-c', 'exit 4'])).toMatchObject({
      exitCode: 4,
    })
  })

  test('slow', async () => {
    expect(
      await run(await withTools({ 'lxc-start': `${version}sleep 0.5; exec REAL "$@"` }), [
        'sh',
        '-c',
        'exit 4',
      ]),
    ).toMatchObject({ exitCode: 4 })
  })

  test('hangs: an abort gets rid of it', async () => {
    const on = await withTools({ 'lxc-start': `${version}exec sleep 1000` })
    await expect(
      on.run({ rootfs, process: { args: ['true'] } }, { signal: AbortSignal.timeout(200) }),
    ).rejects.toMatchObject({ code: 'EXECD_ABORTED' })
  })

  test.each([0, 1, 5, 20].map((value) => [value] as const))(
    'hangs: an abort after %s ms, before there is a container, gets rid of it too',
    async (milliseconds) => {
      // the first start of a driver looks at the tools and makes its folders first
      const on = await withTools({ 'lxc-start': `${version}exec sleep 1000` })
      const signal = AbortSignal.timeout(milliseconds)
      const starting = on.run({ rootfs, process: { args: ['true'] } }, { signal, timeout: '20s' })
      await expect(starting).rejects.toMatchObject({ code: 'EXECD_ABORTED' })
    },
  )

  test('lxc-freeze fails: the container is thawed and goes on', async () => {
    const on = await withTools({ 'lxc-freeze': 'echo no >&2; exit 1' })
    const container = await on.start({ rootfs, process: { args: ['sleep', '1000'] } })
    await expect(container.pause()).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('no'),
    })
    await container.terminate()
  })

  test('lxc-attach fails', async () => {
    const on = await withTools({ 'lxc-attach': 'exit 3' })
    const container = await on.start({ rootfs, process: { args: ['sleep', '1000'] } })
    await expect(container.exec({ args: ['true'] })).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('lxc-attach ended with 3'),
    })
    await container.terminate()
  })

  test('probe says all of it', async () => {
    const driver = lxc({ toolPath: join(folder.path, 'nothing') })
    const report = await driver.probe()
    expect(report).toMatchObject({ driver: 'lxc', usable: false })
    expect(
      report.checks.filter(({ status }) => status === 'missing').map(({ name, hint }) => [name, typeof hint]),
    ).toContainEqual(['tool-lxc-start', 'string'])
    const real = await lxc().probe()
    expect(real).toMatchObject({ usable: true, facts: { lxc: expect.stringMatching(/^LXC \d/) } })
  })

  test('a full disk', async () => {
    const { spawnSync } = await import('node:child_process')
    const small = join(folder.path, 'small')
    mkdirSync(small)
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'execd', small])
    const on = await createRuntime({
      driver: lxc({ stateDir: join(small, 'state'), cgroupParent: cgroupParent(folder.path) }),
    })
    try {
      await expect(run(on)).rejects.toMatchObject({
        details: { errno: 'ENOSPC' },
        hint: expect.stringContaining('full'),
      })
    } finally {
      await on.close()
      spawnSync('umount', ['-l', small])
    }
  })
})
