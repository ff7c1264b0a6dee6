import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRuntime, type Runtime } from '@execd/core'
import { findProgram } from '@execd/linux/programs'
import { oci } from '@execd/oci'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { leftovers, makeRootfs, optionsFor, removeParents, scratch } from './support/container.js'

const { describe, test } = requires('root', 'cgroups', 'busybox', 'runc')

describe('a runtime that fails', () => {
  const folder = scratch()
  let rootfs: string
  let runtime: Runtime | null = null
  beforeAll(() => {
    rootfs = makeRootfs(join(folder, 'rootfs'))
  })
  afterEach(async () => {
    await runtime?.close()
    expect(leftovers(folder)).toEqual([])
  })
  afterAll(() => {
    removeParents(folder)
    rmSync(folder, { recursive: true, force: true })
  })

  /** A runtime that is a script; `REAL` in it is runc. */
  async function withScript(script: string): Promise<Runtime> {
    mkdirSync(join(folder, 'tools'), { recursive: true })
    const path = join(mkdtempSync(join(folder, 'tools/')), 'runtime')
    const real = findProgram('runc') ?? '/usr/sbin/runc'
    writeFileSync(path, `#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n${script.replaceAll('REAL', real)}\n`)
    chmodSync(path, 0o755)
    runtime = await createRuntime({ driver: oci(optionsFor(folder, path)) })
    return runtime
  }
  const run = (on: Runtime, args = ['true']) => on.run({ rootfs, process: { args } }, { timeout: '20s' })
  /** A script that does something else for one command of the runtime. */
  const instead = (verb: string, script: string): string =>
    `for word; do [ "$word" = ${verb} ] && { ${script}; }; done; exec REAL "$@"`

  test('not installed', async () => {
    runtime = await createRuntime({ driver: oci({ ...optionsFor(folder, 'no-such-runtime') }) })
    await expect(run(runtime)).rejects.toMatchObject({
      code: 'EXECD_HELPER_MISSING',
      hint: expect.stringContaining('no-such-runtime'),
    })
  })

  test('too old', async () => {
    await expect(run(await withScript('echo runc version 1.0.0'))).rejects.toMatchObject({
      code: 'EXECD_HOST',
      message: expect.stringContaining('1.0.0'),
    })
  })

  test.each(
    ['echo this is no runtime', 'printf "\\001\\377garbage"', 'true'].map((value) => [value] as const),
  )('garbage: %s', async (script) => {
    await expect(run(await withScript(script))).rejects.toMatchObject({ code: 'EXECD_HELPER_DAMAGED' })
  })

  test('broken: its last lines are told', async () => {
    await expect(run(await withScript('echo "cannot open libseccomp" >&2; exit 127'))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('cannot open libseccomp'),
    })
  })

  test('killed in create', async () => {
    await expect(run(await withScript(instead('create', 'kill -KILL $$')))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('signal 9'),
    })
  })

  test('create says it is done and made nothing', async () => {
    await expect(run(await withScript(instead('create', 'exit 0')))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('pid-file'),
    })
  })

  test('create names a process that is not its own', async () => {
    const script = instead('create', 'while [ "$1" != --pid-file ]; do shift; done; echo 1 >"$2"; exit 0')
    await expect(run(await withScript(script))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('adopt'),
    })
  })

  test('start fails: what was created is ended', async () => {
    await expect(run(await withScript(instead('start', 'echo no >&2; exit 3')))).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('no'),
    })
  })

  test('delete fails: the container is gone all the same', async () => {
    const on = await withScript(instead('delete', 'exit 1'))
    expect(await run(on, ['sh', '-c', 'exit 4'])).toMatchObject({ exitCode: 4, cleanup: [] })
  })

  test('exec fails', async () => {
    const on = await withScript(instead('exec', 'exit 3'))
    const container = await on.start({ rootfs, process: { args: ['sleep', '1000'] } })
    await expect(container.exec({ args: ['true'] })).rejects.toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('ended with 3'),
    })
    await container.terminate()
  })

  test('hangs: an abort gets rid of it', async () => {
    const on = await withScript(instead('create', 'exec sleep 1000'))
    await expect(
      on.run({ rootfs, process: { args: ['true'] } }, { signal: AbortSignal.timeout(200) }),
    ).rejects.toMatchObject({ code: 'EXECD_ABORTED' })
  })

  test('a log of garbage does no harm', async () => {
    const script = instead(
      'create',
      'while [ "$1" != --log ]; do shift; done; head -c 100000 /dev/urandom >"$2"; exit 1',
    )
    await expect(run(await withScript(script))).rejects.toMatchObject({ code: 'EXECD_START_FAILED' })
  })

  test('probe says all of it', async () => {
    const report = await oci({ runtime: '/none' }).probe()
    expect(report).toMatchObject({ driver: 'oci', usable: false })
    expect(report.checks.find(({ name }) => name === 'runtime')).toMatchObject({
      status: 'missing',
      hint: expect.any(String),
    })
    expect(await oci().probe()).toMatchObject({
      usable: true,
      facts: { runtime: expect.stringMatching(/^(runc|crun) \d/) },
    })
  })
})
