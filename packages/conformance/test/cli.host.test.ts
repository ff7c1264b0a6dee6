import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { describe, expect, test as plain } from '@jest/globals'
import { runCommand } from './support/command.js'
import { scratch } from './support/scratch.js'

const { test } = requires('busybox', 'userns')
const PLUGIN = fileURLToPath(new URL('./support/fake-plugin.js', import.meta.url))

describe('execd-conformance', () => {
  test('prints a table, writes JSON and Markdown, and ends with 0', async () => {
    const folder = scratch()
    const [json, markdown] = [`${folder}/results.json`, `${folder}/results.md`]
    const only = ['--only', 'manifest', '--only', 'process']
    const { exitCode, stdout, stderr } = await runCommand([
      PLUGIN,
      ...only,
      '--json',
      json,
      '--markdown',
      markdown,
    ])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^manifest +6 +0 +0 +0$/m)
    expect(stdout).toMatch(/process\.rlimits: process\.rlimits is not declared/)
    expect(stderr).toMatch(/^ok manifest\.plain \(\d+ ms\) capabilities are plain data/m)
    const report = JSON.parse(readFileSync(json, 'utf8')) as { driver: string; counts: unknown }
    expect(report).toMatchObject({
      driver: 'fake',
      counts: { passed: 7, failed: 0, excepted: 0, skipped: 6 },
    })
    expect(readFileSync(markdown, 'utf8')).toContain('| manifest | ✅ pass | 6 | 0 | 0 | 0 |')
  })

  test('ends with 1 and says why when a case fails; options reach the driver', async () => {
    const { exitCode, stdout } = await runCommand([PLUGIN, '--only=process', '--options', '{"umask":false}'])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^failed:\n {2}process\.umask: /m)
  })

  plain('ends with 1 and the hint of the loader when there is no such driver', async () => {
    const { exitCode, stderr } = await runCommand(['kit-no-such-driver'])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/driver "kit-no-such-driver" is not installed/)
  })

  plain('ends with 2 and shows the usage when the command line is wrong', async () => {
    const { exitCode, stderr } = await runCommand(['native', '--only', 'nothing'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/there is no group "nothing"[\s\S]*usage: execd-conformance DRIVER/)
  })

  test('runs single cases, and ends with 2 when there is none of the name', async () => {
    const { exitCode, stdout } = await runCommand([PLUGIN, '--only', 'exit.codes', '--only', 'exec.env'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^all +2 +0 +0 +0$/m)
    const wrong = await runCommand([PLUGIN, '--only', 'exit.nothing'])
    expect(wrong.exitCode).toBe(2)
    expect(wrong.stderr).toMatch(/there is no group and no case "exit.nothing"[\s\S]*the id of a case/)
  })
})
