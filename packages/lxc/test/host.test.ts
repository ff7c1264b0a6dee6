import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ensureTarget } from '../dist/host/targets.js'

let dir: string
let trap: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'execd-lxc-'))
  trap = join(dir, 'trap')
  for (const path of ['trap', 'root/a']) mkdirSync(join(dir, path), { recursive: true })
  symlinkSync(trap, join(dir, 'root/evil'))
  writeFileSync(join(dir, 'root/file'), 'text')
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('paths of a root', () => {
  test('places to mount on are made, never through a link', () => {
    ensureTarget(join(dir, 'root'), '/made/by/us', 'directory')
    ensureTarget(join(dir, 'root'), '/made/file', 'file')
    expect(readdirSync(join(dir, 'root/made')).sort()).toEqual(['by', 'file'])
    for (const path of ['/evil', '/evil/x', '/file/x', '/file', '/made/file'])
      expect(() => ensureTarget(join(dir, 'root'), path, 'directory')).toThrow(
        expect.objectContaining({ code: 'EXECD_MOUNT' }),
      )
    expect(() => ensureTarget(join(dir, 'root'), '/a', 'file')).toThrow(
      expect.objectContaining({ code: 'EXECD_MOUNT' }),
    )
    expect(readdirSync(trap)).toEqual([])
  })
})
