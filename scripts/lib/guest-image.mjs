import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { find } from './programs.mjs'
import { capture, fail, root } from './workspace.mjs'

const MODULES = [
  'virtio_pci',
  'virtio_blk',
  'virtio_console',
  'virtio_rng',
  '9pnet_virtio',
  '9p',
  'overlay',
  'ext4',
]
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`

/** Makes the guest's initramfs in a folder: busybox, the modules to begin with, the boot scripts, the command. Gives its path. */
export function makeInitramfs(kernel, folder, { project, script }) {
  const tree = join(folder, 'initramfs')
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev', 'lower', 'layer', 'root'])
    mkdirSync(join(tree, name), { recursive: true })
  copyFileSync(find('busybox'), join(tree, 'bin/busybox'))
  for (const [index, file] of moduleFiles(kernel).entries())
    copyFileSync(file, join(tree, 'modules', `${String(index).padStart(2, '0')}-${basename(file)}`))
  copyFileSync(join(root, 'scripts/guest/boot.sh'), join(tree, 'init'))
  copyFileSync(join(root, 'scripts/guest/session.sh'), join(tree, 'session.sh'))
  const settings = { release: kernel.release, modules: kernel.modules, project }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}\n`)
  writeFileSync(join(tree, 'settings'), lines.join(''))
  writeFileSync(join(tree, 'command'), script)
  const path = join(folder, 'initramfs.img')
  const pack = `chmod 755 init && find . | busybox cpio -o -H newc 2>/dev/null >${quote(path)}`
  const { status, output } = capture('sh', ['-c', pack], { cwd: tree })
  return status === 0 ? path : fail(`guest: the initramfs could not be made: ${output}`)
}

/** The files of the modules and of what they need, in the order of loading. */
function moduleFiles({ folder, release, name }) {
  const files = MODULES.flatMap((module) => {
    const { status, stdout } = capture('modprobe', ['-d', folder, '-S', release, '--show-depends', module])
    if (status !== 0) fail(`guest: ${name} has no module ${module}`)
    return [...stdout.matchAll(/^insmod (\S+)/gm)].map(([, file]) => file)
  })
  return [...new Set(files)]
}
