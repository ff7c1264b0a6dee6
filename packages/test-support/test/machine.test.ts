import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '@execd/test-support'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parseCgroupFolders } from '../dist/cgroup-folders.js'
import { cgroupMounts } from '../dist/own-cgroups.js'
import { isStaticElf } from '../dist/static-elf.js'
import { hasIdRange, parsePasswd } from '../dist/test-user.js'

const V1 = `30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw
31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`

test('cgroupMounts finds every hierarchy', () => {
  const names = ['memory', 'cpu,cpuacct', 'systemd', 'unified']
  expect(cgroupMounts(V1)).toEqual(names.map((name) => `/sys/fs/cgroup/${name}`))
})

describe('parseCgroupFolders', () => {
  test('takes the limiting controllers of v1, not the empty v2 tree beside them', () => {
    const folders = parseCgroupFolders(V1, '4:memory:/a\n3:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n')
    expect(folders).toEqual(['/sys/fs/cgroup/memory/a', '/sys/fs/cgroup/cpu,cpuacct'])
  })

  test('takes the own folder of v2, below the part of the tree that is mounted', () => {
    const mount = '34 30 0:30 /lxc/c1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate'
    expect(parseCgroupFolders(mount, '0::/lxc/c1/user\n')).toEqual(['/sys/fs/cgroup/user'])
    expect(parseCgroupFolders(mount, '0::/lxc/c1\n')).toEqual(['/sys/fs/cgroup'])
  })
})

describe('users', () => {
  test('parsePasswd finds the entry by its whole name', () => {
    const passwd =
      'root:x:0:0:root:/root:/bin/sh\nexecd-test2:x:7:8::/b:/bin/sh\nexecd-test:x:1001:1002::/h:/bin/sh\n'
    const entry = { name: 'execd-test', uid: 1001, gid: 1002, home: '/h' }
    expect(parsePasswd(passwd, 'execd-test')).toEqual(entry)
    expect(parsePasswd(passwd, 'execd')).toBeUndefined()
  })

  test('hasIdRange takes a name or a number, and no empty range', () => {
    expect(hasIdRange('a:100000:65536\n', { name: 'a', uid: 1 })).toBe(true)
    expect(hasIdRange('1:100000:65536\n', { name: 'a', uid: 1 })).toBe(true)
    expect(hasIdRange('a:100000:0\nb:1:1\n', { name: 'a', uid: 1 })).toBe(false)
  })
})

describe('programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'execd-test-support-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('findProgram finds a program and no other file', () => {
    expect(findProgram('sh')).toMatch(/\/sh$/)
    expect(findProgram('execd-no-such-program')).toBeUndefined()
  })

  test('isStaticElf refuses a dynamic program and a script', () => {
    expect(isStaticElf(findProgram('sh'))).toBe(false)
    const script = join(folder, 'script')
    writeFileSync(script, `#!/bin/sh\n${'#'.repeat(100)}\n`)
    expect(isStaticElf(script)).toBe(false)
  })

  test('isStaticElf takes a program without an interpreter', () => {
    const elf = Buffer.alloc(64 + 56)
    elf.writeUInt32BE(0x7f454c46, 0)
    elf.writeBigUInt64LE(64n, 32)
    elf.writeUInt16LE(56, 54)
    elf.writeUInt16LE(1, 56)
    elf.writeUInt32LE(1, 64)
    const path = join(folder, 'static')
    writeFileSync(path, elf)
    expect(isStaticElf(path)).toBe(true)
    elf.writeUInt32LE(3, 64)
    writeFileSync(path, elf)
    expect(isStaticElf(path)).toBe(false)
  })
})
