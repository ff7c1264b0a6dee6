import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture } from './workspace.mjs'

const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The path of a program on PATH or in an administrators' folder, or undefined. */
export function find(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...folders, ...ADMIN_FOLDERS].map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** True when the ELF file names no interpreter (PT_INTERP, type 3): it runs in a rootfs that has no libraries. */
function isStatic(path) {
  const head = Buffer.alloc(4096)
  const fd = openSync(path, 'r')
  readSync(fd, head, 0, head.length, 0)
  closeSync(fd)
  if (head.readUInt32BE(0) !== 0x7f454c46) return false
  const table = Number(head.readBigUInt64LE(32))
  const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)]
  for (let index = 0; index < count; index += 1) {
    if (head.readUInt32LE(table + index * size) === 3) return false
  }
  return true
}

const program = (name) => () => find(name) !== undefined

function hasStaticBusybox() {
  const path = find('busybox')
  return path !== undefined && isStatic(path)
}

/** musl by preference: a helper of 34 kB; with glibc's libc.a it has 700 kB and works the same. */
function hasStaticLibc() {
  if (find('musl-gcc')) return true
  return find('gcc') !== undefined && capture('gcc', ['-print-file-name=libc.a']).stdout.startsWith('/')
}

/**
 * What is needed of the system: the name for people, the check, the package under each manager (null: not packaged there, or
 * part of another one), and from which goal on it is needed ('build' includes the quick start).
 */
export const PROGRAMS = [
  need('build', 'gcc', program('gcc'), 'gcc', 'gcc', 'gcc', 'gcc'),
  need('build', 'make', program('make'), 'make', 'make', 'make', 'make'),
  need('build', 'C headers', hasHeaders, 'libc6-dev', 'glibc-devel', 'musl-dev', 'glibc'),
  need(
    'build',
    'kernel headers',
    hasKernelHeaders,
    'linux-libc-dev',
    'kernel-headers',
    'linux-headers',
    'linux-api-headers',
  ),
  need('build', 'a static C library', hasStaticLibc, 'musl-tools', 'glibc-static', 'musl-dev', 'musl'),
  need('test', 'musl-gcc', program('musl-gcc'), 'musl-tools', 'musl-gcc', null, 'musl'),
  need('test', 'static busybox', hasStaticBusybox, 'busybox-static', 'busybox', 'busybox-static', 'busybox'),
  need('test', 'newuidmap', program('newuidmap'), 'uidmap', 'shadow-utils', 'shadow-uidmap', 'shadow'),
  need('test', 'newgidmap', program('newgidmap'), 'uidmap', 'shadow-utils', 'shadow-uidmap', 'shadow'),
  need('test', 'ip', program('ip'), 'iproute2', 'iproute', 'iproute2', 'iproute2'),
  need('test', 'setpriv', program('setpriv'), 'util-linux', 'util-linux', 'setpriv', 'util-linux'),
  need('test', 'unshare', program('unshare'), 'util-linux', 'util-linux', 'util-linux-misc', 'util-linux'),
  need(
    'test',
    'libseccomp headers',
    hasSeccomp,
    'libseccomp-dev',
    'libseccomp-devel',
    'libseccomp-dev',
    'libseccomp',
  ),
  need('test', 'crun', program('crun'), 'crun', 'crun', 'crun', 'crun'),
  need('test', 'runc', program('runc'), 'runc', 'runc', 'runc', 'runc'),
  need('test', 'bwrap', program('bwrap'), 'bubblewrap', 'bubblewrap', 'bubblewrap', 'bubblewrap'),
  need('test', 'tmux', program('tmux'), 'tmux', 'tmux', 'tmux', 'tmux'),
  need('test', 'zsh', program('zsh'), 'zsh', 'zsh', 'zsh', 'zsh'),
  need('test', 'fish', program('fish'), 'fish', 'fish', 'fish', 'fish'),
  need('test', 'groff', program('groff'), 'groff', 'groff', 'groff', 'groff'),
  need('test', 'lxc-start', program('lxc-start'), 'lxc', 'lxc', 'lxc', 'lxc'),
]

function need(goal, name, check, apt, dnf, apk, pacman) {
  return { goal, name, check, packages: { 'apt-get': apt, dnf, apk, pacman } }
}

function hasHeaders() {
  return existsSync('/usr/include/stdio.h')
}

function hasKernelHeaders() {
  return existsSync('/usr/include/linux/sched.h')
}

function hasSeccomp() {
  return existsSync('/usr/include/seccomp.h')
}

/** What is missing for a goal: 'build', or 'test' with everything of 'build'. */
export function missingPrograms(goal) {
  return PROGRAMS.filter((entry) => (goal === 'test' || entry.goal === 'build') && !entry.check())
}
