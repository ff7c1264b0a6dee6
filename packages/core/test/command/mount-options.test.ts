import { describe, expect, test } from '@jest/globals'
import { parseMountOptions } from '../../dist/command/mount-options.js'

const DEFAULTS = {
  readonly: false,
  nosuid: true,
  nodev: true,
  noexec: false,
  atime: 'relatime',
  nodiratime: false,
  nosymfollow: false,
  recursive: true,
  propagation: 'rprivate',
  idmap: 'none',
  data: [],
}

test('the defaults are nosuid, nodev, rprivate; rbind for a bind, noexec for a tmpfs', () => {
  expect(parseMountOptions('bind', [])).toEqual({ options: DEFAULTS, unknown: [] })
  expect(parseMountOptions('tmpfs', [])).toEqual({ options: { ...DEFAULTS, noexec: true }, unknown: [] })
})

describe('each word changes one thing', () => {
  test.each([
    ['ro', { readonly: true }],
    ['idmap', { idmap: 'mount' }],
    ['ridmap', { idmap: 'tree' }],
    ['suid', { nosuid: false }],
    ['dev', { nodev: false }],
    ['noexec', { noexec: true }],
    ['noatime', { atime: 'noatime' }],
    ['strictatime', { atime: 'strictatime' }],
    ['nodiratime', { nodiratime: true }],
    ['nosymfollow', { nosymfollow: true }],
    ['bind', { recursive: false }],
    ['private', { propagation: 'private' }],
    ['shared', { propagation: 'shared' }],
    ['rshared', { propagation: 'rshared' }],
    ['slave', { propagation: 'slave' }],
    ['rslave', { propagation: 'rslave' }],
  ])('%s', (word, change) => {
    expect(parseMountOptions('bind', [word])).toEqual({ options: { ...DEFAULTS, ...change }, unknown: [] })
  })

  test.each([
    [['ro', 'rw']],
    [['suid', 'nosuid']],
    [['dev', 'nodev']],
    [['noexec', 'exec']],
    [['noatime', 'relatime']],
    [['nodiratime', 'diratime']],
    [['bind', 'rbind']],
    [['shared', 'rprivate']],
  ])('of %j the later word wins', (words) => {
    expect(parseMountOptions('bind', words)).toEqual({ options: DEFAULTS, unknown: [] })
  })
})

test('a tmpfs takes options of its file system, in order, and exec', () => {
  const { options, unknown } = parseMountOptions('tmpfs', [
    'size=50%',
    'mode=1777',
    'uid=5',
    'gid=6',
    'nr_inodes=1k',
    'nr_blocks=9',
    'exec',
  ])
  expect(unknown).toEqual([])
  expect(options.noexec).toBe(false)
  expect(options.data).toEqual([
    ['size', '50%'],
    ['mode', '1777'],
    ['uid', '5'],
    ['gid', '6'],
    ['nr_inodes', '1k'],
    ['nr_blocks', '9'],
  ])
})

test('two readings share no data', () => {
  const first = parseMountOptions('tmpfs', ['size=1m']).options.data
  expect(parseMountOptions('tmpfs', []).options.data).toEqual([])
  expect(first).toEqual([['size', '1m']])
})

test.each([
  ['bind', 'size=1m'],
  ['bind', 'toString'],
  ['bind', 'RO'],
  ['bind', 'ro,rw'],
  ['tmpfs', 'bind'],
  ['tmpfs', 'rbind'],
  ['tmpfs', 'size='],
  ['tmpfs', 'size=-1'],
  ['tmpfs', 'size=1m=1m'],
  ['tmpfs', 'mode=888'],
  ['tmpfs', 'uid=root'],
  ['tmpfs', 'huge=always'],
  ['tmpfs', '__proto__=1'],
] as const)('for a %s mount %s means nothing', (type, word) => {
  expect(parseMountOptions(type, [word]).unknown).toEqual([word])
})
