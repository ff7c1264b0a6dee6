import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '@execd/linux/programs'

/** Root has no password: `su` of a set-user-ID copy works for everybody, where nothing forbids new privileges. */
const PASSWD =
  'root::0:0:root:/root:/bin/sh\nann:x:1000:2000::/home/ann:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n4242:x:1234:1234::/:/bin/sh\n'
const GROUP = 'root:x:0:\nann:x:2000:\nbob:x:1001:\nstaff:x:3000:bob,ann\nother:x:3001:bob\n'

/** A new folder in the system's temporary folder that every user may enter. */
export function makeTemp(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `execd-${name}-`))
  chmodSync(path, 0o755)
  return path
}

/** A root file system of busybox at `path`, with every applet as a link; users root, ann (1000) and bob (1001). */
export function makeRootfs(path: string): string {
  const busybox = findProgram('busybox') ?? 'busybox'
  mkdirSync(path)
  chmodSync(path, 0o755)
  for (const dir of ['bin', 'suid', 'proc', 'dev', 'sys', 'etc', 'tmp', 'data', 'root', 'home']) {
    mkdirSync(join(path, dir))
  }
  mkdirSync(join(path, 'home/ann'))
  if (process.geteuid?.() === 0) chownSync(join(path, 'home/ann'), 1000, 2000)
  chmodSync(join(path, 'tmp'), 0o1777)
  copyFileSync(busybox, join(path, 'bin/busybox'))
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n')
  for (const name of applets.filter((applet) => applet !== '' && applet !== 'busybox')) {
    symlinkSync('busybox', join(path, 'bin', name))
  }
  copyFileSync(busybox, join(path, 'suid/su'))
  chmodSync(join(path, 'suid/su'), 0o4755)
  writeFileSync(join(path, 'etc/passwd'), PASSWD)
  writeFileSync(join(path, 'etc/group'), GROUP)
  return path
}

/** A copy of a root file system for a test that spoils it. The programs are the same files. */
export function copyRootfs(from: string, to: string): string {
  const bin = join(from, 'bin')
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== bin })
  mkdirSync(join(to, 'bin'))
  for (const name of [
    'sh',
    'ls',
    'cat',
    'id',
    'true',
    'stat',
    'mount',
    'touch',
    'head',
    'sleep',
    'readlink',
    'grep',
  ]) {
    symlinkSync('busybox', join(to, 'bin', name))
  }
  linkSync(join(bin, 'busybox'), join(to, 'bin/busybox'))
  return to
}
