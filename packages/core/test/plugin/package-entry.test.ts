import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ExecdError } from '../../dist/errors/execd-error.js'
import { loadDriver } from '../../dist/plugin/load.js'
import { App, cjs, esm } from './packages.js'

let app: App
beforeEach(() => {
  app = new App()
})
afterEach(() => app.remove())

const load = (driver: string) => loadDriver(driver, { from: app.folder })

describe('package entries', () => {
  test.each<[what: string, manifest: object, file: string, text: string]>([
    ['no exports and no main', { type: 'module' }, 'index.js', esm('x')],
    ['main', { type: 'module', main: './lib/main.js' }, 'lib/main.js', esm('x')],
    ['main without an ending', { main: 'lib/main' }, 'lib/main.js', cjs('x')],
    ['main that is a folder', { main: 'lib' }, 'lib/index.js', cjs('x')],
    ['exports as text', { type: 'module', exports: './a.js' }, 'a.js', esm('x')],
    [
      'exports of "." as text',
      { type: 'module', exports: { '.': './a.js', './package.json': './package.json' } },
      'a.js',
      esm('x'),
    ],
    [
      'only the condition import',
      { type: 'module', exports: { '.': { types: './a.d.ts', import: './a.js' } } },
      'a.js',
      esm('x'),
    ],
    [
      'only the condition default',
      { type: 'module', exports: { types: './a.d.ts', default: './a.js' } },
      'a.js',
      esm('x'),
    ],
    ['import before require', { exports: { require: './no.cjs', import: './a.mjs' } }, 'a.mjs', esm('x')],
    ['nested conditions', { exports: { node: { import: { default: './a.mjs' } } } }, 'a.mjs', esm('x')],
    [
      'a condition that does not apply',
      { exports: { browser: './no.js', default: './a.mjs' } },
      'a.mjs',
      esm('x'),
    ],
    ['a list of targets', { exports: [{ browser: './no.js' }, './a.mjs'] }, 'a.mjs', esm('x')],
    ['CommonJS', { main: 'a.cjs' }, 'a.cjs', cjs('x')],
    [
      'CommonJS made from ESM',
      {},
      'index.js',
      'exports.__esModule = true\nexports.default = { name: "x", apiVersion: 1, create() {} }\n',
    ],
  ])('%s', async (_what, manifest, file, text) => {
    app.install('@execd/x', { 'package.json': manifest, [file]: text })
    expect(await load('x')).toMatchObject({ name: 'x' })
  })

  test.each<[what: string, manifest: string | object, reason: string]>([
    ['nothing for import', { exports: { require: './a.cjs' } }, 'exports nothing for "import"'],
    ['a target outside', { exports: './../x.js' }, 'exports nothing for "import"'],
    ['a target that is missing', { exports: './no.js' }, 'no.js is missing'],
    ['a main that is missing', { main: 'no.js' }, 'its entry no.js is missing'],
    ['a manifest that is no JSON', '{', 'its package.json is no JSON'],
  ])('%s is an error that says so', async (_what, manifest, reason) => {
    app.install('@execd/x', { 'package.json': manifest, 'a.cjs': cjs('x') })
    const error: unknown = await load('x').catch((caught: unknown) => caught)
    if (!ExecdError.is(error)) throw new Error('it was loaded')
    expect(error.code).toBe('EXECD_DRIVER_INVALID')
    expect(error.message).toContain(reason)
    expect(error.message).toContain(app.path('node_modules/@execd/x'))
  })
})
