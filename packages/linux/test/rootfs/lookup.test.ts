import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lookup, readInRoot, resolveInRoot } from '@execd/linux/rootfs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

let dir: string
let trap: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'execd-rootfs-'))
  trap = join(dir, 'trap')
  for (const path of ['trap', 'root/a/b', 'root/etc', 'lower/a/c'])
    mkdirSync(join(dir, path), { recursive: true })
  symlinkSync(trap, join(dir, 'root/evil'))
  symlinkSync('../../../../../etc/x', join(dir, 'root/up'))
  symlinkSync('/a', join(dir, 'root/abs'))
  symlinkSync('loop', join(dir, 'root/loop'))
  writeFileSync(join(dir, 'root/file'), 'text')
  writeFileSync(join(dir, 'lower/low'), 'low')
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('paths of a root', () => {
  test('links are followed inside it only', () => {
    const layers = [join(dir, 'root')]
    expect(resolveInRoot(layers, '/abs/b')).toBe('/a/b')
    expect(resolveInRoot(layers, '/up')).toBe('/etc/x')
    expect(resolveInRoot(layers, '/evil/x')).toBe(`${trap}/x`) // a path in the root, where there is none
    expect(resolveInRoot(layers, '/loop/x')).toBeNull()
    expect(resolveInRoot(layers, '/new/thing')).toBe('/new/thing')
  })

  test('layers', () => {
    const layers = [join(dir, 'root'), join(dir, 'lower')]
    expect(lookup(layers, '/low')).toEqual({ kind: 'file', hostPath: join(dir, 'lower/low') })
    expect(lookup(layers, '/a/c')?.kind).toBe('directory')
    expect(lookup(layers, '/evil/x')).toBeNull()
    expect(readInRoot(layers, '/file', 2)).toBe('te')
    expect(readInRoot(layers, '/a', 10)).toBe('')
    expect(readInRoot(layers, '/evil', 10)).toBe('')
  })
})
