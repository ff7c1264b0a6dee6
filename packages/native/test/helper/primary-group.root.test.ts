import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { USER_FLAG } from '../../dist/plan/fields.js'
import { container, makeRootfs, type Rootfs } from './container.js'
import { finish } from './harness.js'

const { test, describe } = requires('root', 'busybox', 'gcc')

const ANN = 1000
const USERS = 2000
const STAFF = 3000
const OTHER = 3001

// A program, since busybox gives a set-group-ID bit back before it does anything.
const READER = `
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int fd = argc < 2 ? -1 : open(argv[1], O_RDONLY);
  printf("egid %d, errno %d\\n", (int)getegid(), fd < 0 ? errno : 0);
}
`

/** Modes that refuse a group what they grant to everybody else: the group's bits hold for its members, and only those. */
describe('permissions that exclude a group (CVE-2022-36109)', () => {
  let rootfs: Rootfs
  beforeAll(() => {
    rootfs = makeRootfs()
    const at = (name: string) => join(rootfs.path, 'data', name)
    writeFileSync(at('reader.c'), READER)
    execFileSync('gcc', ['-static', '-O1', '-o', at('reader'), at('reader.c')])
    chownSync(at('reader'), 0, OTHER)
    chmodSync(at('reader'), 0o2755)
    for (const group of [USERS, STAFF, OTHER + 1]) {
      writeFileSync(at(`not-${group}`), 'secret')
      chownSync(at(`not-${group}`), 0, group)
      chmodSync(at(`not-${group}`), 0o604)
    }
  }, 30_000)
  afterAll(() => rootfs.remove())

  /** What a set-group-ID program of the container can open, run by ann: her primary group is users, she is in staff too. */
  const read = async (file: string, flags: number) => {
    const steps = container(rootfs.path, {
      args: ['/data/reader', `/data/${file}`],
      user: { user: 'ann', flags },
    }).filter((one) => one.name !== 'noNewPrivs' && one.name !== 'seccomp') // the first takes the bit's effect away, the second needs it
    return (await finish(steps)).stdout
  }

  test('a set-group-ID program cannot be used to leave the primary group', async () => {
    expect(await read(`not-${USERS}`, USER_FLAG.memberships)).toBe(`egid ${OTHER}, errno 13\n`)
    expect(await read(`not-${USERS}`, 0)).toBe(`egid ${OTHER}, errno 13\n`)
  })

  test('nor one of the others; a group that ann is not in does not keep her out', async () => {
    expect(await read(`not-${STAFF}`, USER_FLAG.memberships)).toBe(`egid ${OTHER}, errno 13\n`)
    expect(await read(`not-${STAFF}`, 0)).toBe(`egid ${OTHER}, errno 0\n`)
    expect(await read(`not-${OTHER + 1}`, USER_FLAG.memberships)).toBe(`egid ${OTHER}, errno 0\n`)
  })

  test('the user is the one meant', async () => {
    const { stdout } = await finish(container(rootfs.path, { args: ['id', '-u'], user: { user: 'ann' } }))
    expect(stdout).toBe(`${ANN}\n`)
  })
})
