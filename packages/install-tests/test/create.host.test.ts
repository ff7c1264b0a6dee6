import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { pack } from './support/packing.js'
import { type Outside, outside, type Project } from './support/project.js'

const { describe, skipped } = requires('registry')
const { test } = requires('registry', 'busybox', 'userns')

describe('npm create execd-driver', () => {
  let place: Outside
  let made: Project

  beforeAll(async () => {
    if (skipped !== undefined) return
    place = await outside()
    const empty = place.project('empty')
    await empty.npm(
      'exec',
      '--yes',
      `--package=${place.tarball('create-execd-driver')}`,
      '--',
      'create-execd-driver',
      'my-vm',
    )
    made = place.existing('empty/execd-driver-my-vm')
    await made.npm('install')
  }, 300_000)
  afterAll(() => place?.close())

  test('makes a package that asks for what is published', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(made.folder, 'package.json'), 'utf8'))
    expect(devDependencies).toMatchObject({
      '@execd/core': expect.stringMatching(/^\^\d/),
      typescript: expect.stringMatching(/^\^\d/),
    })
    expect(existsSync(join(made.folder, '.gitignore'))).toBe(true)
  })

  test('whose build and whole tests, the kit among them, pass as it is', async () => {
    const printed = await made.npm('test')
    expect(printed).toMatch(/conformance of driver my-vm: 1\d\d cases, 1 with an exception/)
    expect(printed).toMatch(/^(# |ℹ )fail 0$/m)
  }, 240_000)

  test('whose own command prints the table', async () => {
    const printed = await made.npm('run', 'conformance')
    expect(printed).toMatch(/^all +1\d\d +0 +1 +\d+$/m)
    expect(readFileSync(join(made.folder, 'CONFORMANCE.md'), 'utf8')).toMatch(
      /^# Conformance of driver my-vm$/m,
    )
  }, 240_000)

  test('which packs nothing but what is to be published, and is found by its name when it is installed', async () => {
    const { tarball, files } = await pack(made.folder, made.folder)
    expect(files.filter((file) => !/^(dist|src)\//.test(file)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ])
    const user = place.project('user')
    await user.npm('install', '@execd/core', tarball)
    user.write({
      'main.mjs': `
      import { createRuntime } from '@execd/core'
      const runtime = await createRuntime({ driver: 'my-vm' })
      const { usable } = await runtime.probe()
      await runtime.close()
      process.stdout.write(JSON.stringify({ driver: runtime.info().driver, usable }))`,
    })
    expect(JSON.parse((await user.node('main.mjs')).stdout)).toEqual({ driver: 'my-vm', usable: true })
  }, 120_000)
})
