import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { capture, fail } from './workspace.mjs'

const CACHE = process.env.EXECD_GUEST_CACHE ?? join(homedir(), '.cache/execd-guest')
const PREFIX = 'linux-image-'

/** A kernel of Debian's, unpacked and never installed: its release, the image to boot, the folder of its modules. */
export function guestKernel() {
  mkdirSync(CACHE, { recursive: true })
  const name = process.env.EXECD_GUEST_KERNEL || newestUnpacked() || newestPackage()
  const folder = join(CACHE, name)
  const release = name.slice(PREFIX.length)
  if (!existsSync(join(folder, 'vmlinux'))) unpack(name, release, folder)
  return {
    name,
    release,
    image: join(folder, 'vmlinux'),
    folder,
    modules: join(folder, 'lib/modules', release),
  }
}

const newestUnpacked = () =>
  readdirSync(CACHE)
    .filter((name) => name.startsWith(PREFIX))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)

function newestPackage() {
  const { stdout } = capture('apt-cache', ['depends', 'linux-image-amd64'])
  const name = /^ *Depends: *(linux-image-[0-9]\S*-amd64)$/m.exec(stdout)?.[1]
  return name ?? fail('guest: apt knows no kernel: run apt-get update (Debian, package linux-image-amd64)')
}

function unpack(name, release, folder) {
  process.stdout.write(`guest: unpacking ${name}, once (about 450 MB in the cache folder of this user)\n`)
  const temporary = mkdtempSync(join(CACHE, 'new-'))
  const step = (program, args) => {
    const { status, output } = capture(program, args, { cwd: temporary })
    if (status === 0) return
    rmSync(temporary, { recursive: true, force: true })
    fail(`guest: ${program} ${args.join(' ')} failed (is apt-get update needed?):\n${output}`)
  }
  step('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name])
  const file = readdirSync(temporary).find((entry) => entry.endsWith('.deb'))
  step('dpkg-deb', ['--extract', file, '.'])
  rmSync(join(temporary, file))
  step('find', ['lib/modules', '-name', '*.ko.xz', '-exec', 'xz', '--decompress', '{}', '+'])
  step('depmod', ['--basedir', temporary, release])
  writeFileSync(
    join(temporary, 'vmlinux'),
    elfOf(readFileSync(join(temporary, 'boot', `vmlinuz-${release}`))),
  )
  rmSync(folder, { recursive: true, force: true })
  renameSync(temporary, folder)
}

/** The ELF image that a bzImage holds, compressed with xz (x86/boot.rst, "payload_offset"): an emulated machine would take seconds to unpack it. */
function elfOf(image) {
  const start = (image.readUInt8(0x1f1) + 1) * 512 + image.readUInt32LE(0x248)
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c))
  const { status, stdout } = capture('xz', ['--decompress', '--stdout', '--single-stream'], {
    input: payload,
    encoding: 'buffer',
    maxBuffer: 512 * 1024 * 1024,
  })
  const isElf = Buffer.isBuffer(stdout) && stdout.subarray(0, 4).toString('latin1') === '\x7fELF'
  return status === 0 && isElf ? stdout : image
}
