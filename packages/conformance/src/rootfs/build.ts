import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, isStaticElf } from '@execd/linux/programs'

/** A root file system that the kit made. */
export interface BuiltRootfs {
  readonly path: string
  /** Removes it; nothing when it is gone already. */
  remove(): void
}

const FOLDERS = ['bin', 'dev', 'etc', 'mnt', 'proc', 'root', 'run', 'sys', 'usr', 'var', 'home']
const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nkit:x:1000:1000:kit:/home:/bin/sh\n'
const GROUP = 'root:x:0:\nkit:x:1000:\n'

/**
 * Builds a root file system of the static busybox on PATH, in a new folder of the system's folder for temporary files: /bin with every applet, /etc with the users
 * root and kit (1000), the usual empty folders.
 *
 * @throws Error when there is no busybox on PATH, or it needs a dynamic loader.
 */
export function buildRootfs(): BuiltRootfs {
  const busybox = findProgram('busybox')
  if (busybox === null)
    throw new Error('the kit needs a static busybox on PATH (Debian: busybox-static), or the option `rootfs`')
  if (!isStaticElf(busybox))
    throw new Error(`${busybox} needs a dynamic loader: install a static one (Debian: busybox-static)`)
  const path = mkdtempSync(join(tmpdir(), 'execd-rootfs-'))
  chmodSync(path, 0o755)
  for (const folder of FOLDERS) mkdirSync(join(path, folder))
  mkdirSync(join(path, 'tmp'))
  chmodSync(join(path, 'tmp'), 0o1777)
  copyFileSync(busybox, join(path, 'bin/busybox'))
  chmodSync(join(path, 'bin/busybox'), 0o755)
  for (const applet of applets(busybox)) symlinkSync('busybox', join(path, 'bin', applet))
  writeFileSync(join(path, 'etc/passwd'), PASSWD)
  writeFileSync(join(path, 'etc/group'), GROUP)
  // For drivers without a /dev of their own: a shell opens it for what runs in the background. A plain file, since a node takes root.
  writeFileSync(join(path, 'dev/null'), '')
  chmodSync(join(path, 'dev/null'), 0o666)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function applets(busybox: string): string[] {
  const { stdout } = spawnSync(busybox, ['--list'], { encoding: 'utf8' })
  return stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
}
