import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createPackage } from '../dist/create.js'
import { namesOf } from '../dist/names.js'
import { toolVersions } from '../dist/versions.js'

const scratch = mkdtempSync(join(tmpdir(), 'execd-create-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const versions = { '@execd/conformance': '^1', '@execd/core': '^2', '@types/node': '^3', typescript: '^4' }
const textOf = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8')

describe('a new package', () => {
  const folder = join(scratch, 'deep', 'er')
  const files = createPackage(folder, namesOf('my-vm'), versions)

  test('has what a package needs, and nothing of a build', () => {
    for (const file of [
      'package.json',
      'README.md',
      'LICENSE',
      '.gitignore',
      'tsconfig.json',
      'src/index.ts',
    ])
      expect(files).toContain(file)
    expect(files).toContain('.github/workflows/ci.yml')
    expect(files.filter((file) => /(^|\/)(dist|dist-test|node_modules|_[^/]*)(\/|$)/.test(file))).toEqual([])
    const written = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(written).toHaveLength(files.length)
  })

  test('has its own names everywhere', () => {
    for (const file of files)
      expect([file, textOf(folder, file)]).toEqual([file, expect.not.stringMatching(/sample/i)])
    expect(textOf(folder, 'src/index.ts')).toContain("name: 'my-vm'")
    expect(textOf(folder, 'src/driver.ts')).toContain('class MyVmDriver extends')
    expect(textOf(folder, 'README.md')).toContain("createRuntime({ driver: 'my-vm' })")
  })

  test('has core as a peer, and the tools in the versions that are given', () => {
    const manifest = JSON.parse(textOf(folder, 'package.json'))
    expect(manifest).toMatchObject({
      name: 'execd-driver-my-vm',
      type: 'module',
      engines: { node: '>=20.19' },
    })
    const { peerDependencies } = JSON.parse(
      readFileSync(new URL('../../native/package.json', import.meta.url), 'utf8'),
    )
    expect(manifest.peerDependencies).toEqual(peerDependencies)
    expect(manifest.devDependencies).toEqual(versions)
    expect(manifest.dependencies).toBeUndefined()
  })

  test('with a scope is named by its whole name', () => {
    const scoped = join(scratch, 'scoped')
    createPackage(scoped, namesOf('@me/vm'), versions)
    expect(textOf(scoped, 'README.md')).toContain("createRuntime({ driver: '@me/vm' })")
    expect(textOf(scoped, 'src/index.ts')).toContain("name: 'vm'")
  })

  test('is made in an empty folder, and in a new repository', () => {
    const repository = join(scratch, 'repository')
    mkdirSync(join(repository, '.git'), { recursive: true })
    expect(createPackage(repository, namesOf('vm'), versions)).toEqual(files)
  })
})

test('a folder with something in it, and a file, are refused, and nothing is written', () => {
  const used = join(scratch, 'used')
  mkdirSync(used)
  writeFileSync(join(used, 'mine.txt'), 'precious')
  expect(() => createPackage(used, namesOf('vm'), versions)).toThrow(
    /is not empty \(mine\.txt\); nothing was written/,
  )
  expect(readdirSync(used)).toEqual(['mine.txt'])
  expect(() => createPackage(join(used, 'mine.txt'), namesOf('vm'), versions)).toThrow(/is no folder/)
})

test('the versions are those that the template is checked with', () => {
  const found = toolVersions()
  expect(Object.keys(found)).toEqual(['@execd/conformance', '@execd/core', '@types/node', 'typescript'])
  for (const range of Object.values(found)) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/)
})
