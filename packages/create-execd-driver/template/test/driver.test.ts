import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildRootfs } from '@execd/conformance'
import { createRuntime } from '@execd/core'
import plugin from '../dist/index.js'

// TODO: what the kit cannot know of your driver belongs here: its options, its parts that fail, tools that are missing.

test('options that are not known are refused', async () => {
  const wrong = { unshaer: '/usr/bin/unshare' }
  await assert.rejects(createRuntime({ driver: plugin, driverOptions: wrong }), {
    code: 'EXECD_INVALID_OPTION',
  })
})

test('a tool that is missing is told by probe(), with a hint', async () => {
  const runtime = await createRuntime({ driver: plugin, driverOptions: { unshare: '/nowhere/unshare' } })
  const { usable, checks } = await runtime.probe()
  assert.equal(usable, false)
  assert.match(checks[0]?.hint ?? '', /^install util-linux/)
  await runtime.close()
})

const OWNER = `
  import { createRuntime } from '@execd/core'
  const { default: plugin } = await import(process.argv[2])
  const runtime = await createRuntime({ driver: plugin })
  const skipUnsupported = ['process.umask', 'process.noNewPrivileges', 'network', 'seccomp', 'maskedPaths', 'readonlyPaths']
  const command = { rootfs: process.argv[1], process: { args: ['sleep', '60'] } }
  const container = await runtime.start(command, { skipUnsupported })
  process.stdout.write(String(container.pid))
`

test('a container ends with the process that started it', async () => {
  const { path, remove } = buildRootfs()
  const args = ['--input-type=module', '--eval', OWNER, path, import.meta.resolve('../dist/index.js')]
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [pid] = await once(owner.stdout, 'data', { signal: AbortSignal.timeout(10_000) })
    owner.kill('SIGKILL')
    while (existsSync(`/proc/${pid}`)) await sleep(10)
  } finally {
    owner.kill('SIGKILL')
    remove()
  }
})
