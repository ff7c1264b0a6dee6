import { spawnSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** What busybox's init does: once at the start, then two services that are started again whenever they end, and at a shutdown. */
const INITTAB = `
::sysinit:/bin/mkdir -p /run/www
::respawn:/bin/httpd -f -p 127.0.0.1:80 -h /run/www
::respawn:/etc/clock
::shutdown:/bin/echo the services are told to end
`

/** The second service: the page that the first one shows. */
const CLOCK = `#!/bin/sh
n=0
while :; do
  n=$((n + 1))
  echo "tick $n" >/run/www/clock.new && mv /run/www/clock.new /run/www/clock
  sleep 0.1
done
`

function findBusybox(): string {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    try {
      accessSync(join(folder, 'busybox'), constants.X_OK)
      return join(folder, 'busybox')
    } catch {
      // not here
    }
  }
  throw new Error('no busybox on PATH; a static one is needed (Debian: busybox-static)')
}

/** Makes a root file system in an empty folder. */
export function makeRootfs(path: string): void {
  const busybox = findBusybox()
  for (const folder of ['bin', 'sbin', 'etc', 'run', 'tmp', 'proc', 'sys', 'dev'])
    mkdirSync(join(path, folder), { recursive: true })
  chmodSync(path, 0o755)
  copyFileSync(busybox, join(path, 'bin/busybox'))
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(path, 'bin', applet))
  symlinkSync('../bin/busybox', join(path, 'sbin/init'))
  writeFileSync(join(path, 'etc/inittab'), INITTAB)
  writeFileSync(join(path, 'etc/clock'), CLOCK, { mode: 0o755 })
  writeFileSync(join(path, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n')
}
