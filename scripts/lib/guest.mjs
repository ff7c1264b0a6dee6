import { spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeInitramfs } from './guest-image.mjs'
import { guestKernel } from './guest-kernel.mjs'
import { find } from './programs.mjs'
import { capture, fail, root } from './workspace.mjs'

const NEEDS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  depmod: 'kmod',
  modprobe: 'kmod',
  xz: 'xz-utils',
  'mkfs.ext4': 'e2fsprogs',
  busybox: 'busybox-static',
  apparmor_parser: 'apparmor',
  'dpkg-deb': 'dpkg',
  setpriv: 'util-linux',
}
const DISK = 8 * 1024 ** 3

/** Ends with the packages to install where a program is missing. */
export function requireGuest() {
  if (process.arch !== 'x64') fail('guest: only on x64')
  const missing = Object.keys(NEEDS).filter((name) => find(name) === undefined)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((name) => NEEDS[name]))].join(' ')
  fail(
    `guest: missing: ${missing.join(', ')}. As root, on Debian: apt-get install --no-install-recommends ${packages}`,
  )
}

/**
 * Runs a shell script as root in a virtual machine with Debian's kernel, cgroup v2 only and AppArmor on. Its root is this host's, below a layer in memory;
 * only what it writes to the project's folder is kept. /tmp is a disk of its own; there is no network but lo. Gives the script's exit status.
 */
export async function runInGuest(script, { timeoutMs }) {
  const kernel = guestKernel()
  const folder = mkdtempSync(join(tmpdir(), 'execd-guest-'))
  try {
    const initramfs = makeInitramfs(kernel, folder, { project: root, script })
    const disk = join(folder, 'disk')
    writeFileSync(disk, '')
    truncateSync(disk, DISK)
    const made = capture('mkfs.ext4', [
      '-q',
      '-F',
      '-m',
      '0',
      '-E',
      'lazy_itable_init=1,lazy_journal_init=1',
      disk,
    ])
    if (made.status !== 0) fail(`guest: the disk could not be made: ${made.output}`)
    for (const name of ['status', 'console']) writeFileSync(join(folder, name), '')
    await machine(machineArguments(kernel, folder, initramfs, disk), timeoutMs, folder)
    const status = readFileSync(join(folder, 'status'), 'utf8').trim()
    if (status !== '') return Number(status)
    const console = readFileSync(join(folder, 'console'), 'utf8').replaceAll('\r', '')
    return fail(`guest: it ended without an exit status\n${console.split('\n').slice(-40).join('\n')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether the processor's own virtualization can be used; else it is emulated, some ten times slower. */
function hasKvm() {
  try {
    accessSync('/dev/kvm', constants.W_OK)
    return /\b(vmx|svm)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return false
  }
}

function machineArguments(kernel, folder, initramfs, disk) {
  const processors = Math.min(4, availableParallelism())
  // an emulated processor with little to emulate, and enough for Debian and Node
  const cpu = hasKvm()
    ? ['-accel', 'kvm', '-cpu', 'max']
    : ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'Nehalem']
  const shared = (id, path, options) => [
    ...['-fsdev', `local,id=${id},path=${path.replaceAll(',', ',,')},multidevs=remap,${options}`],
    ...['-device', `virtio-9p-pci,fsdev=${id},mount_tag=${id}`],
  ]
  const port = (name, backend) => [
    ...['-chardev', `${backend},id=${name}`, '-device', `virtserialport,chardev=${name},name=${name}`],
  ]
  const file = (name) => `file,path=${join(folder, name)}`
  const parameters =
    'console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off cgroup_no_v1=all psi=1 apparmor=1 security=apparmor'
  const owner = process.geteuid() === 0 ? 'passthrough' : 'none'
  return [
    ...['-M', 'q35', ...cpu, '-smp', String(processors), '-m', '2048'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', initramfs, '-append', parameters],
    ...[
      '-chardev',
      `${file('console')},id=console`,
      '-serial',
      'chardev:console',
      '-device',
      'virtio-rng-pci',
    ],
    ...['-drive', `if=none,id=disk,format=raw,file=${disk},cache=unsafe,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=disk'],
    ...shared('host', '/', 'security_model=none,readonly=on'),
    ...shared('project', root, `security_model=${owner}`),
    ...['-device', 'virtio-serial-pci'],
    ...port('out', file('out')),
    ...port('err', file('err')),
    ...port('status', file('status')),
  ]
}

/** Runs it to its end, with the guest's outputs passed on. */
async function machine(args, timeoutMs, folder) {
  const readers = ['out', 'err'].map((name) => {
    const path = join(folder, name)
    capture('mkfifo', [path])
    return spawn('cat', [path], { stdio: ['ignore', name === 'out' ? 'inherit' : 2, 'inherit'] })
  })
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise((resolve) => qemu.on('error', resolve).on('exit', resolve))
  const timer = setTimeout(() => qemu.kill('SIGKILL'), timeoutMs)
  const stop = () => qemu.kill('SIGKILL')
  process.on('SIGINT', stop).on('SIGTERM', stop)
  await ended
  clearTimeout(timer)
  process.off('SIGINT', stop).off('SIGTERM', stop)
  for (const reader of readers) reader.kill()
}
