import { readdirSync } from 'node:fs'
import { buildRootfs, conformance, runConformance } from '@execd/conformance'
import { FakeDriver } from '@execd/conformance/fake'
import { createRuntime } from '@execd/core'
import { requires } from '@execd/test-support'
import { describe, expect, test as plain } from '@jest/globals'
import { SetsContainer } from './broken/exceptions.js'
import { scratch } from './support/scratch.js'

const { test, skipped } = requires('busybox', 'userns')

if (skipped === undefined) {
  const state = scratch()
  await conformance({
    test: (name, work, time) => plain(name, work, time),
    createDriver: () => new FakeDriver({ state }),
    module: new URL('./support/fake-plugin.js', import.meta.url),
    moduleOptions: { state },
    leftovers: () => readdirSync(state),
  })
}

describe('the fake driver', () => {
  const command = (path: string, script: string) => ({
    rootfs: path,
    process: { args: ['/bin/sh', '-c', script] },
  })
  const using = async (
    knobs: ConstructorParameters<typeof FakeDriver>[0],
    work: (runtime: Awaited<ReturnType<typeof createRuntime>>, path: string) => Promise<void>,
  ) => {
    const { path, remove } = buildRootfs()
    const runtime = await createRuntime({ driver: new FakeDriver(knobs) })
    try {
      await work(runtime, path)
    } finally {
      await runtime.close()
      remove()
    }
  }
  const LACKING = [
    'namespaces',
    'network',
    'seccomp',
    'maskedPaths',
    'readonlyPaths',
    'process.noNewPrivileges',
  ]
  const options = { skipUnsupported: LACKING }

  test('fails to start with the code that a knob names', () =>
    using({ startError: 'EXECD_CGROUP' }, async (runtime, path) => {
      await expect(runtime.run(command(path, 'true'), options)).rejects.toMatchObject({
        code: 'EXECD_CGROUP',
      })
      expect(runtime.list()).toEqual([])
    }))

  test('takes as long to start and to end as knobs say', () =>
    using({ startDelay: 120, exitDelay: 130 }, async (runtime, path) => {
      const began = performance.now()
      await runtime.run(command(path, 'true'), options)
      expect(performance.now() - began).toBeGreaterThanOrEqual(245)
    }))

  test('reports what a knob makes of an end', () =>
    using(
      {
        report: (status) => ({ ...status, exitCode: null, signal: 'SIGKILL', oom: { kills: 1, init: true } }),
      },
      async (runtime, path) => {
        expect(await runtime.run(command(path, 'true'), options)).toMatchObject({
          reason: 'oom',
          signal: 'SIGKILL',
        })
      },
    ))

  test('cuts output off where a knob says', () =>
    using({ outputLimit: 3 }, async (runtime, path) => {
      expect(await runtime.run(command(path, 'echo long; echo longer >&2'), options)).toMatchObject({
        stdout: 'lon',
        stderr: 'lon',
      })
    }))

  test('declares an exception that a knob gives it', async () => {
    const exceptions = { 'env.others': { reason: 'it sets container', shows: '["container"]' } }
    const { results } = await runConformance({
      createDriver: () => new SetsContainer({ capabilities: { exceptions } }),
      only: ['manifest', 'env'],
    })
    const others = results.filter(({ status }) => status !== 'passed')
    expect(others).toMatchObject([{ id: 'env.others', status: 'excepted', reason: 'it sets container' }])
  })

  test('refuses what a knob takes away', () =>
    using({ capabilities: { verbs: { exec: { reason: 'not today' } } } }, async (runtime, path) => {
      const container = await runtime.start(command(path, 'read line'), options)
      await expect(container.exec({ args: ['true'] })).rejects.toMatchObject({ code: 'EXECD_UNSUPPORTED' })
    }))
})
