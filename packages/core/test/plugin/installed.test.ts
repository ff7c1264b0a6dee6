import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { installedDrivers } from '../../dist/plugin/installed.js'
import { App } from './packages.js'

let app: App
beforeEach(() => {
  app = new App()
})
afterEach(() => app.remove())

const driver = { 'package.json': { version: '1.2.3', keywords: ['execd-driver'] } }
const names = () => installedDrivers({ from: app.folder }).map((one) => [one.name, one.package])

test('packages are drivers by their name, those of execd by their keyword; known ones come first', () => {
  for (const name of [
    '@execd/zeta',
    '@execd/lxc',
    '@execd/native',
    'execd-driver-alpha',
    '@acme/execd-driver-x',
  ])
    app.install(name, driver)
  app.install('@execd/core', { 'package.json': { version: '1.0.0', keywords: ['driver'] } })
  app.install('acme-driver', driver)
  expect(names()).toEqual([
    ['native', '@execd/native'],
    ['lxc', '@execd/lxc'],
    ['@acme/execd-driver-x', '@acme/execd-driver-x'],
    ['alpha', 'execd-driver-alpha'],
    ['zeta', '@execd/zeta'],
  ])
  expect(installedDrivers({ from: app.folder })[0]).toMatchObject({
    version: '1.2.3',
    folder: app.path('node_modules/@execd/native'),
  })
})

test('of two with one short name, the second is found by its whole name', () => {
  app.install('execd-driver-foo', driver).install('@execd/foo', driver)
  expect(names()).toEqual([
    ['execd-driver-foo', 'execd-driver-foo'],
    ['foo', '@execd/foo'],
  ])
})

test('the nearest of several versions is the one, and a broken manifest is none', () => {
  app.install('execd-driver-foo', driver)
  app.write({ 'inner/node_modules/execd-driver-foo/package.json': { version: '2.0.0' } })
  app.write({ 'inner/node_modules/execd-driver-bad/package.json': 'no JSON' })
  const found = installedDrivers({ from: app.path('inner') })
  expect(found.map(({ name, version }) => [name, version])).toEqual([['foo', '2.0.0']])
})

test('nothing is installed', () => {
  expect(names()).toEqual([])
})
