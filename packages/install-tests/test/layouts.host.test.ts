import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { esm, failing, required } from './support/programs.js'
import { type Outside, outside, type Project } from './support/project.js'

const { describe, skipped } = requires('registry')
const { test } = requires('registry', 'userns')
const HELLO = { driver: 'native', stdout: 'hello\n', exitCode: 0 }

let place: Outside
beforeAll(async () => {
  if (skipped === undefined) place = await outside()
}, 240_000)
afterAll(() => place?.close())

describe('in the strict layout of pnpm', () => {
  test('a driver is found from the application, which core itself cannot see', async () => {
    const project = place.project('pnpm')
    await project.pnpm('add', '@execd/core', '@execd/native')
    project.write({ 'main.mjs': esm(), 'main.cjs': required() })
    expect(JSON.parse((await project.node('main.mjs')).stdout)).toEqual(HELLO)
    expect(JSON.parse((await project.node('main.cjs')).stdout)).toEqual(HELLO)
  }, 120_000)
})

describe('an application bundled in one file', () => {
  let project: Project
  const bundle = async (from: string, to: string, ...options: string[]) => {
    const args = [from, '--bundle', '--platform=node', `--outfile=${to}`, ...options]
    await project.npm('exec', '--', 'esbuild', ...args)
    return to
  }

  beforeAll(async () => {
    if (skipped !== undefined) return
    project = place.project('bundle')
    await project.npm('install', '@execd/native', 'esbuild')
    project.write({
      'src/named.mjs': esm(),
      'src/named.cjs': required(),
      'src/passed.mjs': `import native from '@execd/native'\n${esm('native')}`,
      'src/whole.mjs': failing('native()'),
      // Any program will do as the helper: it is not started.
      'src/koffi.mjs': failing('native({ initPath: process.execPath })'),
    })
  }, 240_000)

  test('may hold core, and finds the driver by its name beside itself', async () => {
    const made = [
      await bundle('src/named.mjs', 'out/named.mjs', '--format=esm'),
      await bundle('src/named.cjs', 'out/named.cjs', '--format=cjs'),
    ]
    for (const file of made) expect(JSON.parse((await project.node(file)).stdout)).toEqual(HELLO)
  })

  test('may import the driver when that stays external', async () => {
    const file = await bundle('src/passed.mjs', 'out/passed.mjs', '--format=esm', '--external:@execd/native')
    expect(JSON.parse((await project.node(file)).stdout)).toEqual(HELLO)
  })

  test('that lies elsewhere is told where drivers are with `from`', async () => {
    const from = JSON.stringify(project.folder)
    project.write({
      'src/from.mjs': esm("'native', from: process.env.DRIVERS").replaceAll('process.env.DRIVERS', from),
    })
    const elsewhere = place.project('elsewhere')
    await bundle('src/named.mjs', `${elsewhere.folder}/named.mjs`, '--format=esm')
    await bundle('src/from.mjs', `${elsewhere.folder}/from.mjs`, '--format=esm')
    expect((await elsewhere.node('named.mjs')).stderr).toMatch(/driver "native" is not installed/)
    expect(JSON.parse((await elsewhere.node('from.mjs')).stdout)).toEqual(HELLO)
  })

  test('that holds the driver all the same is told to keep it external, in ESM and in CommonJS, beside its modules and elsewhere', async () => {
    const elsewhere = place.project('alone')
    const [beside, alone] = [`${project.folder}/out`, elsewhere.folder]
    const failure = async (program: string, folder: string, format: 'esm' | 'cjs') => {
      const to = `${folder}/${program}.${format === 'esm' ? 'mjs' : 'cjs'}`
      const file = await bundle(`src/${program}.mjs`, to, `--format=${format}`)
      return JSON.parse((await project.node(file)).stdout)
    }
    const missing = (message: string) => ({
      code: 'EXECD_HELPER_MISSING',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('--external:@execd/native'),
    })
    expect(await failure('whole', beside, 'esm')).toMatchObject(missing('data/seccomp-default.json'))
    expect(await failure('whole', beside, 'cjs')).toMatchObject(missing('the init helper'))
    for (const format of ['esm', 'cjs'] as const) {
      expect(await failure('whole', alone, format)).toMatchObject(missing('the init helper'))
      expect(await failure('koffi', alone, format)).toMatchObject(missing('koffi'))
    }
  })
})
