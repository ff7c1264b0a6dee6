import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, isStaticElf, searchFolders } from '@execd/linux/programs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

let dir: string
const at = (path: string): string => join(dir, path)
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'execd-programs-'))
  for (const folder of ['one/folder', 'two']) mkdirSync(at(folder), { recursive: true })
  for (const path of ['one/plain', 'two/plain', 'two/folder']) writeFileSync(at(path), '#!/bin/sh\n')
  for (const path of ['two/plain', 'two/folder']) chmodSync(at(path), 0o755)
})
afterAll(() => rmSync(dir, { recursive: true }))

test('a program is a file that may be executed, in the first folder that has one', () => {
  const folders = [at('none'), at('one'), at('two')]
  expect(findProgram('plain', folders)).toBe(at('two/plain'))
  expect(findProgram('folder', folders)).toBe(at('two/folder'))
  expect(findProgram('other', folders)).toBeNull()
  expect(findProgram('sh')).toMatch(/^\/.*\/sh$/)
})

test('a search path: relative and empty folders are left out', () => {
  expect(searchFolders('/a::b:./c:/d e:')).toEqual(['/a', '/d e'])
  expect(searchFolders('')).toEqual([])
})

/** An ELF file of 64 bits with program headers of these types. */
function elf(...types: number[]): Buffer {
  const file = Buffer.alloc(64 + types.length * 56)
  file.writeUInt32BE(0x7f454c46, 0)
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(types.length, 56)
  for (const [index, type] of types.entries()) file.writeUInt32LE(type, 64 + index * 56)
  return file
}

test.each([
  ['no program', Buffer.from('#!/bin/sh\n'), false],
  ['one with an interpreter', elf(6, 3, 1), false],
  ['one without', elf(1, 1, 4), true],
  ['one cut short', elf(1, 1).subarray(0, 100), false],
])('%s', (_, content, wanted) => {
  writeFileSync(at('program'), content)
  expect(isStaticElf(at('program'))).toBe(wanted)
})
