import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { esm, imported, refusal, required } from './support/programs.js'
import { type Outside, outside, type Project } from './support/project.js'
import { run } from './support/run.js'

const { describe, skipped } = requires('registry')
const { test } = requires('registry', 'userns')
const HELLO = { driver: 'native', stdout: 'hello\n', exitCode: 0 }

let place: Outside
let project: Project

/** Packages of others, each a folder to install from. */
const OTHERS = {
  'others/execd-driver-nothing/package.json': JSON.stringify({
    name: 'execd-driver-nothing',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
  }),
  'others/execd-driver-nothing/index.js': 'export default { name: "nothing" }\n',
  'others/execd-driver-later/package.json': JSON.stringify({
    name: 'execd-driver-later',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    peerDependencies: { '@execd/core': '>=0.1.0' },
  }),
  'others/execd-driver-later/index.js':
    'export default { name: "later", apiVersion: 2, create() { throw new Error("never called") } }\n',
  'others/execd-driver-own/package.json': JSON.stringify({
    name: 'execd-driver-own',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
  }),
  'others/execd-driver-own/index.js': `
    import { defineDriver, NoopDriver } from '@execd/core/driver'
    class Own extends NoopDriver { name = 'own' }
    export default defineDriver({ name: 'own', apiVersion: 1, create: () => new Own({ pretend: { stdout: 'hello\\n' } }) })
    globalThis.coreOfDriver = import.meta.resolve('@execd/core')
  `,
}

async function printed(file: string): Promise<unknown> {
  const { stdout, stderr, status } = await project.node(file)
  if (status !== 0 || stderr !== '') throw new Error(`${file} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

beforeAll(async () => {
  if (skipped !== undefined) return
  place = await outside()
  project = place.project('npm')
  await project.npm('install', '@execd/native')
}, 240_000)
afterAll(() => place?.close())

describe('npm install @execd/native', () => {
  test('brings core, the shared facts and the helper of this machine, and nothing else of ours', () => {
    const has = (name: string) => existsSync(join(project.folder, 'node_modules/@execd', name))
    const init = process.arch === 'arm64' ? 'native-init-linux-arm64' : 'native-init-linux-x64'
    expect(['core', 'linux', 'native', init].filter(has)).toEqual(['core', 'linux', 'native', init])
    expect(['lxc', 'oci', 'cli', 'conformance'].filter(has)).toEqual([])
  })

  test('is all that a caller in ESM needs', async () => {
    project.write({ 'esm.mjs': esm() })
    expect(await printed('esm.mjs')).toEqual(HELLO)
  })

  test('is all that a caller in CommonJS needs, with require() and with import()', async () => {
    project.write({ 'required.cjs': required(), 'imported.cjs': imported() })
    expect(await printed('required.cjs')).toEqual(HELLO)
    expect(await printed('imported.cjs')).toEqual(HELLO)
  })

  test('is all that a caller needs who passes the driver itself', async () => {
    project.write({
      'passed.mjs': `import native from '@execd/native'\n${esm('native')}`,
      'passed.cjs': `const { default: native } = require('@execd/native')\n${required('native')}`,
    })
    expect(await printed('passed.mjs')).toEqual(HELLO)
    expect(await printed('passed.cjs')).toEqual(HELLO)
  })

  test('is seen by a program of another folder of the application, started from anywhere', async () => {
    project.write({ 'deep/er/main.mjs': esm() })
    const { stdout } = await run('/', process.execPath, [join(project.folder, 'deep/er/main.mjs')])
    expect(JSON.parse(stdout)).toEqual(HELLO)
  })
})

describe('the loader', () => {
  beforeAll(async () => {
    if (skipped !== undefined) return
    project.write(OTHERS)
    const folders = ['nothing', 'later', 'own'].map((name) => `./others/execd-driver-${name}`)
    await project.npm('install', '--install-links', ...folders)
    project.write(
      Object.fromEntries(['lxc', 'nativ', 'nothing', 'later'].map((name) => [`${name}.mjs`, refusal(name)])),
    )
  }, 120_000)

  test('says what to type for a driver that is not installed', async () => {
    expect(await printed('lxc.mjs')).toMatchObject({
      code: 'EXECD_DRIVER_NOT_FOUND',
      message: expect.stringMatching(
        /^driver "lxc" is not installed \(looked for @execd\/lxc, execd-driver-lxc, lxc\)/,
      ),
      hint: 'npm install @execd/lxc',
    })
    expect(await printed('nativ.mjs')).toMatchObject({
      code: 'EXECD_DRIVER_NOT_FOUND',
      hint: 'did you mean "native"? npm install @execd/native',
    })
  })

  test('names what a package lacks that is no driver', async () => {
    expect(await printed('nothing.mjs')).toMatchObject({
      code: 'EXECD_DRIVER_INVALID',
      message: expect.stringMatching(
        /execd-driver-nothing.*is no driver: `apiVersion`: wanted .*`create`: wanted a function/,
      ),
    })
  })

  test('says which side is older when a driver is for another version of the contract', async () => {
    expect(await printed('later.mjs')).toMatchObject({
      code: 'EXECD_DRIVER_API_VERSION',
      message: expect.stringMatching(
        /driver later was written for version 2 .* this @execd\/core has version 1; the @execd\/core is older/,
      ),
      hint: 'npm install @execd/core@latest',
    })
  })

  test('runs a driver that has another copy of core', async () => {
    const modules = join(project.folder, 'node_modules')
    const copy = join(modules, 'execd-driver-own/node_modules/@execd/core')
    cpSync(join(modules, '@execd/core'), copy, { recursive: true })
    project.write({
      'own.mjs': `${esm("'own'")}
        import { ExecdError } from '@execd/core'
        const copies = [import.meta.resolve('@execd/core'), globalThis.coreOfDriver]
        const { ExecdError: Other } = await import(copies[1])
        const error = new Other('EXECD_HOST', 'of the other copy')
        process.stderr.write(JSON.stringify([new Set(copies).size, error instanceof ExecdError, ExecdError.is(error)]))`,
    })
    const { stdout, stderr } = await project.node('own.mjs')
    expect(JSON.parse(stdout)).toEqual({ driver: 'own', stdout: 'hello\n', exitCode: 0 })
    expect(JSON.parse(stderr)).toEqual([2, true, true])
  })
})
