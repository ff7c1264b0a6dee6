import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { containers } from './support/container.js'

const { describe, test } = requires('root', 'lxc', 'busybox')
const HOST = { rootfs: { type: 'host' } } as const

describe("with the host's files", () => {
  const { folder, shell, start } = containers()
  const mark = `execd-mark-${process.pid}`

  test('nothing is written there, secrets are hidden', async () => {
    const secret = join(folder.path, 'secret')
    writeFileSync(secret, 'x')
    const script =
      `ls -A /root /home /run /tmp /boot /mnt /media | grep -v -e : -e '^$'; ` +
      `for d in /tmp /run /etc /usr /; do touch $d/${mark} 2>/dev/null && echo $d; done; test -e ${secret} && echo seen; true`
    const { stdout, cleanup } = await shell(script, HOST, { user: '0' })
    expect(stdout).toBe('/tmp\n/run\n/etc\n/usr\n/\n')
    expect(cleanup).toEqual([])
    for (const path of ['/tmp', '/run', '/etc', '/usr', '/']) expect(readdirSync(path)).not.toContain(mark)
  })

  test('who names no user is nobody', async () => {
    const script = `id -u; cat /etc/shadow; touch /etc/${mark}; touch /tmp/fine && echo fine`
    const { stdout, stderr } = await shell(script, HOST)
    expect(stdout).toBe('65534\nfine\n')
    expect(String(stderr).match(/Permission denied/g)).toHaveLength(2)
  })

  test('read-only, and small', async () => {
    const { stderr } = await shell(
      'touch /usr/x; touch /etc/x; touch /x',
      { rootfs: { type: 'host', readonly: true } },
      { user: '0' },
    )
    expect(String(stderr).match(/Read-only file system/g)).toHaveLength(3)
    const small = await shell(
      'for f in /usr/x /tmp/x; do head -c 4000000 /dev/zero 2>&1 >$f | grep -o "No space"; rm $f; done',
      { rootfs: { type: 'host', size: '1MiB' } },
      { user: '0' },
    )
    expect(small.stdout).toMatch(/^No space\nNo space\n/)
  })

  test('setuid programs raise nobody, devices are none, mounts are made in it', async () => {
    const script =
      'for p in / /usr; do while read -r a b c d point flags rest; do [ "$point" = $p ] && echo $flags; done </proc/self/mountinfo; done; ls /home/mine'
    const source = join(folder.path, 'mine')
    const mounts = [{ type: 'bind', source: folder.path, destination: '/home/mine' }]
    writeFileSync(source, '')
    const { stdout } = await shell(script, { ...HOST, mounts })
    expect(stdout).toMatch(/^rw,nosuid,nodev,\S+\nrw,nosuid,nodev,\S+\n[\s\S]*mine\n/)
  })

  test('an exec is nobody too', async () => {
    const container = await start(['sleep', '1000'], HOST)
    const execution = await container.exec({ args: ['id', '-u'] })
    expect(await text(execution.stdout ?? Readable.from([]))).toBe('65534\n')
    await container.terminate()
  })

  test('refused with id maps', async () => {
    const maps = [{ containerID: 0, hostID: 100000, size: 65536 }]
    await expect(
      shell('true', { ...HOST, namespaces: { uidMappings: maps, gidMappings: maps } }),
    ).rejects.toMatchObject({ code: 'EXECD_UNSUPPORTED', hint: expect.stringContaining('without id maps') })
  })
})
