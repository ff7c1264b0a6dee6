import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { levelOf } from '../dist/levels.js'

const home = fileURLToPath(new URL('..', import.meta.url))

describe('levelOf', () => {
  test('reads the level from the name', () => {
    expect(levelOf('a.test.ts')).toBe('unit')
    expect(levelOf('b/a.host.test.ts')).toBe('host')
    expect(levelOf('a.root.test.ts')).toBe('root')
    expect(levelOf('helpers.ts')).toBeUndefined()
  })
})

describe('execd-test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'execd-test-sample-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  beforeAll(() => {
    writeFileSync(join(folder, 'package.json'), '{ "name": "sample", "type": "module" }')
    for (const sub of ['test', 'dist-test', 'node_modules/@execd'])
      mkdirSync(join(folder, sub), { recursive: true })
    symlinkSync(home, join(folder, 'node_modules/@execd/test-support'))
  })

  const write = (files: Record<string, string>) => {
    for (const sub of ['test', 'dist-test']) {
      rmSync(join(folder, sub), { recursive: true })
      mkdirSync(join(folder, sub))
    }
    for (const [name, text] of Object.entries(files)) {
      const source = name.startsWith('stale') ? undefined : join(folder, 'test', `${name}.ts`)
      if (source !== undefined) writeFileSync(source, '')
      writeFileSync(join(folder, 'dist-test', `${name}.js`), text)
    }
  }
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const { EXECD_REQUIRE_ALL: _, JEST_WORKER_ID: __, ...rest } = process.env
    const bin = join(home, 'bin/execd-test.mjs')
    return spawnSync(process.execPath, [bin, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...rest, ...env },
    })
  }
  const counts = (level: string) =>
    JSON.parse(readFileSync(join(folder, '.test-results', `${level}.json`), 'utf8'))

  const passing = `import { test } from '@jest/globals'; test('passes', () => {})`
  const failing = `import { test } from '@jest/globals'; test('fails', () => { throw new Error('no') })`
  // A need that no machine meets: the search for programs finds none on this PATH.
  const skipping = `
    import { requires } from '@execd/test-support'
    process.env.PATH = ''
    const { test, describe } = requires('lxc', 'musl')
    test('alone', () => { throw new Error('ran') })
    test.each([[1], [2]])('row %i', () => { throw new Error('ran') })
    describe('group', () => { test('inside', () => { throw new Error('ran') }) })
    describe.each([[1]])('group %i', () => { test('deep', () => { throw new Error('ran') }) })`

  test('runs the level that is named, and no compiled file whose source is gone', () => {
    write({ 'a.test': passing, 'b.root.test': failing, 'stale.test': failing })
    const result = run(['unit'])
    expect(result.status).toBe(0)
    expect(counts('unit')).toEqual({ package: 'sample', level: 'unit', passed: 1, failed: 0, skipped: [] })
    expect(run(['root']).status).toBe(1)
    expect(counts('root').failed).toBe(1)
  })

  test('a skip is printed with its reason, and fails the run where everything is demanded', () => {
    write({ 'a.test': passing, 'b.test': skipping })
    const result = run(['unit'])
    expect(result.stderr).toContain('skipped: alone: needs lxc: install lxc; needs musl: ')
    expect(result.status).toBe(0)
    expect(counts('unit').skipped.map(({ title }: { title: string }) => title)).toEqual([
      'alone',
      'row 1',
      'row 2',
      'group inside',
      'group 1 deep',
    ])
    const demanding = run(['unit'], { EXECD_REQUIRE_ALL: '1' })
    expect(demanding.status).toBe(1)
    expect(demanding.stderr).toContain('5 tests were skipped')
  })

  test.each([
    ['todo', `import { test } from '@jest/globals'; test.todo('later'); test('passes', () => {})`],
    ['only', `import { test } from '@jest/globals'; test.only('a', () => {}); test('b', () => {})`],
  ])('%s counts as skipped', (_, text) => {
    write({ 'a.test': text })
    expect(run(['unit']).status).toBe(0)
    expect(run(['unit'], { EXECD_REQUIRE_ALL: '1' }).status).toBe(1)
  })

  test.each([
    ['a file without a test', { 'a.test': passing, 'b.test': '' }],
    ['a file that breaks', { 'a.test': passing, 'b.test': 'throw new Error("broken")' }],
  ])('%s fails and is counted', (_, files) => {
    write(files)
    expect(run(['unit']).status).toBe(1)
    expect(counts('unit')).toMatchObject({ passed: 1, failed: 1 })
  })

  test('a level without a test, a source that is not compiled and an unknown level fail', () => {
    write({ 'a.test': passing })
    expect(run(['host']).stderr).toContain('no host test')
    rmSync(join(folder, 'dist-test/a.test.js'))
    const unbuilt = run(['unit'])
    expect(unbuilt.status).toBe(1)
    expect(unbuilt.stderr).toContain('not built')
    expect(run(['integration']).status).toBe(2)
  })

  test('a name pattern does not count the others as skipped', () => {
    write({ 'a.test': `${passing}\ntest('other', () => {})` })
    expect(run(['unit', '-t', 'other'], { EXECD_REQUIRE_ALL: '1' }).status).toBe(0)
    expect(counts('unit')).toMatchObject({ passed: 1, skipped: [] })
  })
})
