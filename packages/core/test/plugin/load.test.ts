import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DriverPlugin } from '../../dist/contract/plugin.js'
import type { ExecdError } from '../../dist/errors/execd-error.js'
import { defineDriver } from '../../dist/plugin/define-driver.js'
import { loadDriver } from '../../dist/plugin/load.js'
import { App, cjs, esm } from './packages.js'

let app: App
beforeEach(() => {
  app = new App()
})
afterEach(() => app.remove())

const load = (driver: string) => loadDriver(driver, { from: app.folder })

async function errorOf(promise: Promise<unknown>): Promise<ExecdError> {
  return promise.then(
    () => {
      throw new Error('it was loaded')
    },
    (error: unknown) => error as ExecdError,
  )
}

describe('a name is looked up as a package', () => {
  test.each([
    ['native', '@execd/native'],
    ['foo', '@execd/foo'],
    ['foo', 'execd-driver-foo'],
    ['execd-driver-foo', 'execd-driver-foo'],
    ['acme-driver', 'acme-driver'],
    ['@acme/driver', '@acme/driver'],
  ])('%s finds %s', async (name, packageName) => {
    app.install(packageName, {
      'package.json': { type: 'module', exports: './main.js' },
      'main.js': esm('found'),
    })
    expect(await load(name)).toMatchObject({ name: 'found', apiVersion: 1 })
  })

  test('the packages of execd come first, then execd-driver-*, then the name itself', async () => {
    const install = (name: string) =>
      app.install(name, {
        'package.json': { type: 'module' },
        'index.js': esm(name.replace(/\W/g, '-').replace(/^-/, '')),
      })
    install('foo')
    expect((await load('foo')).name).toBe('foo')
    install('execd-driver-foo')
    expect((await load('foo')).name).toBe('execd-driver-foo')
    install('@execd/foo')
    expect((await load('foo')).name).toBe('execd-foo')
  })

  test('in node_modules of folders above, and through symbolic links as pnpm makes them', async () => {
    app.write({
      'store/driver/package.json': { type: 'module', exports: { import: './main.js' } },
      'store/driver/main.js': esm('linked'),
    })
    app.write({ 'node_modules/@execd/.keep': '', 'src/deep/main.js': '' })
    symlinkSync(app.path('store/driver'), app.path('node_modules/@execd/linked'))
    expect(await loadDriver('linked', { from: app.path('src/deep') })).toMatchObject({ name: 'linked' })
  })
})

describe('a path', () => {
  test('of a file or a folder, absolute, relative to `from`, or a file: URL', async () => {
    app.write({
      'driver/package.json': { type: 'module', exports: './main.js' },
      'driver/main.js': esm('local'),
      'src/app.js': '',
    })
    const file = app.path('driver/main.js')
    expect(await loadDriver(file)).toMatchObject({ name: 'local' })
    expect(await loadDriver(pathToFileURL(file).href)).toMatchObject({ name: 'local' })
    expect(await load('./driver')).toMatchObject({ name: 'local' })
    expect(await load('./driver/main.js')).toMatchObject({ name: 'local' })
    expect(await loadDriver('../driver', { from: app.path('src/app.js') })).toMatchObject({ name: 'local' })
    expect(await loadDriver('../driver', { from: pathToFileURL(app.path('src/app.js')) })).toMatchObject({
      name: 'local',
    })
    expect(await loadDriver('.', { from: app.path('driver') })).toMatchObject({ name: 'local' })
  })

  test('that is not there', async () => {
    const error = await errorOf(load('./nowhere.js'))
    expect(error.code).toBe('EXECD_DRIVER_NOT_FOUND')
    expect(error.message).toContain(app.path('nowhere.js'))
    expect(error.hint).toContain('check the path')
  })
})

describe('without `from` the look-up starts', () => {
  const [node, main] = process.argv
  const cwd = process.cwd()
  afterEach(() => {
    process.argv[1] = main ?? ''
    process.chdir(cwd)
  })

  test('at the main module, through a symbolic link to it', async () => {
    app.write({ 'app/main.js': '' }).write({
      'app/node_modules/@execd/here/package.json': { type: 'module' },
      'app/node_modules/@execd/here/index.js': esm('here'),
    })
    symlinkSync(app.path('app/main.js'), app.path('link.js'))
    process.argv[1] = app.path('link.js')
    expect(await loadDriver('here')).toMatchObject({ name: 'here' })
  })

  test('then at the working folder', async () => {
    app.write({ 'tool/main.js': '', 'work/.keep': '' })
    app.write({
      'work/node_modules/@execd/here/package.json': { type: 'module' },
      'work/node_modules/@execd/here/index.js': esm('here'),
    })
    process.argv[1] = app.path('tool/main.js')
    process.chdir(app.path('work'))
    expect(await loadDriver('here')).toMatchObject({ name: 'here' })
    expect((await errorOf(loadDriver('nothere'))).message).toContain(
      `looked from ${app.path('tool')} and ${app.path('work')}`,
    )
    expect((await errorOf(loadDriver('here', { from: app.path('tool') }))).code).toBe(
      'EXECD_DRIVER_NOT_FOUND',
    )
  })

  test('also in a plain Node, from ESM and from CommonJS', () => {
    app.install('@execd/only-import', {
      'package.json': { type: 'module', exports: { import: './main.js' } },
      'main.js': esm('only-import'),
    })
    app.install('execd-driver-old', { 'package.json': {}, 'index.js': cjs('old') })
    const loader = JSON.stringify(fileURLToPath(new URL('../../dist/plugin/load.js', import.meta.url)))
    const body = `Promise.all(['only-import', 'old'].map((name) => loadDriver(name))).then((all) => console.log(all.map((p) => p.name).join()))`
    app.write({
      'a.mjs': `import { loadDriver } from ${loader}\n${body}`,
      'b.cjs': `import(${loader}).then(({ loadDriver }) => ${body})`,
    })
    for (const file of ['a.mjs', 'b.cjs']) {
      const { stdout, stderr } = spawnSync(node ?? 'node', [app.path(file)], { cwd: '/', encoding: 'utf8' })
      expect({ file, stdout, stderr }).toEqual({ file, stdout: 'only-import,old\n', stderr: '' })
    }
  })
})

/** The error of a process of its own without NODE_PATH, which pnpm points at every package of the workspace. */
function errorInChild(name: string): { code: string; message: string; hint: string } {
  const loader = JSON.stringify(
    pathToFileURL(fileURLToPath(new URL('../../dist/plugin/load.js', import.meta.url))).href,
  )
  const options = JSON.stringify({ from: app.folder })
  app.write({
    'error.mjs': `import { loadDriver } from ${loader}
      loadDriver(${JSON.stringify(name)}, ${options}).catch((error) => console.log(JSON.stringify(error)))`,
  })
  const { stdout, stderr } = spawnSync(process.execPath, [app.path('error.mjs')], {
    cwd: '/',
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: '' },
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe('not installed', () => {
  test.each([
    ['native', 'npm install @execd/native'],
    ['lxc', 'npm install @execd/lxc'],
    ['natvie', 'did you mean "native"? npm install @execd/native'],
    ['@acme/driver', 'npm install @acme/driver'],
    ['execd-driver-foo', 'npm install execd-driver-foo'],
    ['foo', 'npm install execd-driver-foo; drivers of execd are native, lxc, oci'],
  ])('%s: %s', (name, hint) => {
    const error = errorInChild(name)
    expect(error).toMatchObject({ code: 'EXECD_DRIVER_NOT_FOUND', hint })
    expect(error.message).toContain(`driver "${name}" is not installed`)
    expect(error.message).toContain(`looked from ${app.folder}`)
  })

  test('the message names the packages looked for', async () => {
    expect((await errorOf(load('foo'))).message).toContain('looked for @execd/foo, execd-driver-foo, foo')
  })

  test.each(['fs', 'node-fs', 'path'])('%s: a module of Node is no driver', async (name) => {
    expect((await errorOf(load(name))).code).toBe('EXECD_DRIVER_NOT_FOUND')
  })

  test.each(['', 'a/b', 'Native', 'a b', 'foo/../../bar', '@acme', 'http://x/y', 'node:fs', '.x'])(
    '%j is no name',
    async (name) => {
      expect(await errorOf(load(name))).toMatchObject({
        code: 'EXECD_INVALID_OPTION',
        details: { path: 'driver' },
      })
    },
  )
})

describe('found, and no driver', () => {
  const install = (text: string) =>
    app.install('@execd/bad', { 'package.json': { type: 'module' }, 'index.js': text })

  test.each([
    ['no default export', 'export const name = 1\n', 'got nothing'],
    ['a wrong shape', 'export default { name: "bad" }\n', '`create`'],
    ['a class', 'export default class {}\n', 'got a function'],
  ])('%s', async (_what, text, part) => {
    install(text)
    const error = await errorOf(load('bad'))
    expect(error.code).toBe('EXECD_DRIVER_INVALID')
    expect(error.message).toContain(part)
    expect(error.message).toContain(app.path('node_modules/@execd/bad/index.js'))
  })

  test('what it throws while it loads is the cause', async () => {
    install('throw new Error("boom")\n')
    const error = await errorOf(load('bad'))
    expect(error.code).toBe('EXECD_DRIVER_INVALID')
    expect(error.message).toContain('failed to load: boom')
    expect(error.cause).toMatchObject({ message: 'boom' })
  })

  test('a dependency of it that is missing is named', async () => {
    install('import "not-there-at-all"\nexport default {}\n')
    const error = await errorOf(load('bad'))
    expect(error.code).toBe('EXECD_DRIVER_INVALID')
    expect(error.message).toContain('not-there-at-all')
    expect(error.cause).toBeDefined()
  })

  test('written for a newer contract', async () => {
    install(esm('bad', 99))
    const error = await errorOf(load('bad'))
    expect(error).toMatchObject({ code: 'EXECD_DRIVER_API_VERSION', hint: 'npm install @execd/core@latest' })
    expect(error.message).toContain('the @execd/core is older')
  })
})

describe('a plugin object', () => {
  const plugin = {
    name: 'object',
    apiVersion: 1,
    create: () => Promise.reject(new Error('not made here')),
  } as DriverPlugin

  test('is given back', async () => {
    expect(await loadDriver(plugin)).toBe(plugin)
  })

  test('is checked', async () => {
    expect((await errorOf(loadDriver({ name: 'x' } as DriverPlugin))).message).toContain(
      'the `driver` option is no driver',
    )
  })

  test('that is registered is found by its name when no package has it', async () => {
    const mine = defineDriver({ ...plugin, name: 'in-process' })
    expect(await load('in-process')).toBe(mine)
    app.install('@execd/in-process', { 'package.json': { type: 'module' }, 'index.js': esm('from-disk') })
    expect((await load('in-process')).name).toBe('from-disk')
  })

  test('two registered under one name are a conflict', async () => {
    defineDriver({ ...plugin, name: 'double' })
    defineDriver({ ...plugin, name: 'double' })
    expect(await errorOf(load('double'))).toMatchObject({
      code: 'EXECD_DRIVER_CONFLICT',
      details: { driver: 'double' },
    })
  })
})
