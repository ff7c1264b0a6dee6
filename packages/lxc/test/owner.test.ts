import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  giveUpOwnership,
  makeOwned,
  OwnerToken,
  ownerOf,
  readOwner,
  takeOwnership,
} from '../dist/kept/owner.js'

describe('owners of a folder', () => {
  let parent: string
  let folder: string
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'execd-lxc-owner-'))
    folder = join(parent, 'a')
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  const [first, second] = [new OwnerToken(), new OwnerToken()]
  const links = () => readdirSync(folder).filter((name) => name.startsWith('owner.'))

  test('a folder has one from its first moment; another of that name is refused', () => {
    expect(makeOwned(folder, first)).toBe(true)
    expect(readOwner(folder)).toMatchObject({ kind: 'process', identity: { pid: process.pid } })
    expect(makeOwned(folder, second)).toBe(false)
    expect(readdirSync(parent)).toEqual(['a'])
  })

  test('only what nobody alive owns can be taken, and only the owner gives it up', () => {
    makeOwned(folder, first)
    expect(takeOwnership(folder, second)).toBe(false)
    giveUpOwnership(folder, second)
    expect(readOwner(folder).kind).toBe('process')
    giveUpOwnership(folder, first)
    expect(readOwner(folder).kind).toBe('nobody')
    expect(takeOwnership(folder, second)).toBe(true)
    expect(takeOwnership(folder, first)).toBe(false)
    expect(links()).toEqual(['owner.3'])
  })

  test('one that was slow and takes a number that was used before loses', () => {
    mkdirSync(folder)
    symlinkSync(second.text, join(folder, 'owner.7'))
    symlinkSync('nobody', join(folder, 'owner.2'))
    expect(takeOwnership(folder, first)).toBe(false)
    expect(readOwner(folder).kind).toBe('process')
  })

  test('dead, of another boot, of another pid namespace, or no text of ours', () => {
    const [pid, start, boot, space, word] = first.text.split(' ')
    const kind = (...parts: Array<string | undefined>) => ownerOf(parts.join(' ')).kind
    expect(kind(pid, start, boot, space, word)).toBe('process')
    expect(kind(pid, '1', boot, space, word)).toBe('nobody')
    expect(kind(pid, start, 'an-earlier-boot', space, word)).toBe('nobody')
    expect(kind(pid, start, boot, 'pid:[1]', word)).toBe('unknown')
    for (const text of ['', 'nobody', 'x y z', readFileSync('/proc/self/comm', 'utf8')])
      expect(ownerOf(text).kind).toBe('nobody')
  })
})
