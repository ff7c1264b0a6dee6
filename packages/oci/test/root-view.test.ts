import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { interpreterOf } from '../dist/host/interpreter.js'
import { lookupIn, resolveIn, viewOf } from '../dist/host/root-view.js'
import { whyNotExecuted } from '../dist/verbs/why-not-executed.js'
import { command } from './support/command.js'

const folder = mkdtempSync(join(tmpdir(), 'execd-oci-view-'))
const path = (...parts: string[]): string => join(folder, ...parts)

beforeAll(() => {
  for (const name of ['top/bin', 'low/etc', 'low/bin', 'data/inner'])
    mkdirSync(path(name), { recursive: true })
  writeFileSync(path('top/bin/script'), '#! /bin/none -x\n')
  writeFileSync(path('low/bin/garbage'), 'garbage')
  writeFileSync(path('low/etc/passwd'), '')
  symlinkSync('/mnt/inner', path('low/link'))
  symlinkSync('../loop', path('low/loop'))
  symlinkSync('/etc/passwd', path('top/bin/file'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const mounts = [
  { type: 'bind', source: path('data'), destination: '/mnt' },
  { type: 'tmpfs', destination: '/scratch/deep' },
  { type: 'bind', source: path('low/etc/passwd'), destination: '/file' },
]
const view = () => viewOf(command({ mounts }), [path('top'), path('low')])

describe('a root before it exists', () => {
  test.each<[string, string | null]>([
    ['/bin/script', 'file'],
    ['/bin/garbage', 'file'],
    ['/none', null],
    ['/mnt', 'directory'],
    ['/mnt/inner', 'directory'],
    ['/mnt/none', null],
    ['/scratch', 'directory'],
    ['/scratch/deep', 'directory'],
    ['/scratch/deep/none', null],
    ['/file', 'file'],
    ['/link', 'symlink'],
  ])('has at %s: %s', (place, kind) => {
    expect(lookupIn(view(), place)?.kind ?? null).toBe(kind)
  })

  test('links lead through mounts, and out of nothing', () => {
    expect(resolveIn(view(), '/link/x')).toBe('/mnt/inner/x')
    expect(resolveIn(view(), '/bin/file')).toBe('/etc/passwd')
    expect(resolveIn(view(), '/loop')).toBeNull()
  })
})

describe('why a program was not executed', () => {
  const why = (program: string, searched?: string) =>
    whyNotExecuted(view(), { container: 'c', program, path: searched })

  test('its interpreter is missing', () => {
    expect(why('script', '/none:/bin')).toMatchObject({
      code: 'EXECD_PROGRAM_NOT_FOUND',
      details: { interpreter: '/bin/none', exitCode: 127 },
    })
  })

  test('it is no program', () => {
    expect(why('/bin/garbage')).toMatchObject({
      code: 'EXECD_PROGRAM_NOT_EXECUTABLE',
      details: { errno: 'ENOEXEC' },
    })
  })

  test('nobody knows', () => {
    expect(why('/bin/none')).toMatchObject({
      code: 'EXECD_PROGRAM_NOT_EXECUTABLE',
      details: { exitCode: 126 },
    })
  })
})

describe('interpreters', () => {
  function elf(interpreter: string | null): Buffer {
    const file = Buffer.alloc(256)
    file.write('\x7fELF\x02\x01', 'latin1')
    file.writeBigUInt64LE(64n, 32)
    file.writeUInt16LE(56, 54)
    file.writeUInt16LE(1, 56)
    file.writeUInt32LE(interpreter === null ? 1 : 3, 64)
    file.writeBigUInt64LE(128n, 72)
    file.writeBigUInt64LE(BigInt((interpreter?.length ?? 0) + 1), 96)
    file.write(interpreter ?? '', 128)
    return file
  }

  test.each<[string, Buffer, string | null | undefined]>([
    ['a dynamic program', elf('/lib/ld.so'), '/lib/ld.so'],
    ['a static program', elf(null), null],
    ['a script', Buffer.from('#!  /bin/sh -e\n'), '/bin/sh'],
    ['a cut program', elf('/lib/ld.so').subarray(0, 100), undefined],
    ['text', Buffer.from('echo'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('of %s', (_name, head, interpreter) => {
    expect(interpreterOf(head)).toBe(interpreter)
  })
})
