import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import type { Suite } from '../support/suite.js'
import { type FieldCases, shows } from './field-case.js'

/** A new folder of the test. */
const folder = (suite: Suite): string => mkdtempSync(join(suite.temp, 'layer-'))

function layer(suite: Suite, name: string, text: string): string {
  const path = folder(suite)
  writeFileSync(join(path, name), text)
  return path
}

const kept = (suite: Suite) => {
  const base = folder(suite)
  const upper = join(base, 'upper')
  const work = join(base, 'work')
  mkdirSync(upper)
  mkdirSync(work)
  return { type: 'overlay' as const, lower: suite.rootfs, upper, work }
}

const RANGE = [{ containerID: 0, hostID: 300_000, size: 65_536 }]
const PRIVATE_USERS = { namespaces: { user: 'private', uidMappings: RANGE, gidMappings: RANGE } } as const

let layers: { upper: string; work: string } = { upper: '', work: '' }

/** A block device of the host, as "254:0". */
export function blockDevice(): readonly [major: number, minor: number] {
  for (const name of readdirSync('/sys/block')) {
    if (Number(readFileSync(`/sys/block/${name}/size`, 'utf8')) === 0) continue
    const [major = 0, minor = 0] = readFileSync(`/sys/block/${name}/dev`, 'utf8').split(':').map(Number)
    return [major, minor]
  }
  return [8, 0] // the kernel will say that it knows none
}

/** A device that no container may use by default and that can be opened without effect. */
export function openableDevice(): { type: 'b' | 'c'; major: number; minor: number } {
  for (const name of ['zram0', 'loop0', 'loop-control', 'fuse', 'net/tun', 'vda', 'sda', 'nvme0n1']) {
    try {
      closeSync(openSync(`/dev/${name}`, 'r'))
    } catch {
      continue // not on this host
    }
    const found = statSync(`/dev/${name}`)
    return { type: found.isBlockDevice() ? 'b' : 'c', major: found.rdev >> 8, minor: found.rdev & 0xff }
  }
  throw new Error('the host has no device to try with')
}

/** Makes a node of a device and opens it. */
export function opens({ type, major, minor }: ReturnType<typeof openableDevice>): string {
  return `mknod /data/node ${type} ${major} ${minor}; (: </data/node) && echo opened; rm -f /data/node`
}

/** The root file system, mounts, devices, and the fields that guard /proc and /sys. */
export const storageCases: FieldCases = {
  'rootfs.type=directory': shows(
    "grep ' / / ' /proc/self/mountinfo | wc -l; cat /etc/group | head -1; touch /data/seen; ls /data; rm /data/seen",
    (suite) => ({ rootfs: { type: 'directory', path: suite.rootfs } }),
    /^0\nroot:x:0:\nseen$/,
  ),
  'rootfs.path': {
    command: (suite) => {
      writeFileSync(join(suite.rootfs, 'data/mark'), 'of this folder')
      return suite.script('cat /data/mark; echo back >/data/back')
    },
    done: ({ stdout }, suite) => {
      expect(stdout).toBe('of this folder')
      expect(readFileSync(join(suite.rootfs, 'data/back'), 'utf8')).toBe('back\n')
    },
  },
  'rootfs.readonly': shows(
    'touch /x; echo y >/etc/passwd; touch /tmp/z; echo ok >/dev/shm/a && cat /dev/shm/a',
    (suite) => ({ rootfs: { type: 'directory', path: suite.rootfs, readonly: true } }),
    /^ok\n[\s\S]*Read-only file system[\s\S]*Read-only file system[\s\S]*Read-only file system/,
  ),
  'rootfs.idmap': {
    command: (suite) =>
      suite.script('stat -c %u:%g /data /bin/busybox; touch /data/owned; stat -c %u:%g /data/owned', {
        ...PRIVATE_USERS,
        rootfs: { type: 'directory', path: suite.rootfs, idmap: true },
      }),
    done: ({ stdout }, suite) => {
      expect(stdout).toBe('0:0\n0:0\n0:0\n')
      const { uid, gid } = statSync(join(suite.rootfs, 'data/owned'))
      expect([uid, gid]).toEqual([0, 0])
      rmSync(join(suite.rootfs, 'data/owned'))
    },
  },
  'rootfs.type=overlay': {
    command: (suite) =>
      suite.script(
        "grep ' / / ' /proc/self/mountinfo | grep -c overlay; rm /etc/group; echo changed >/etc/passwd; ls /etc; cat /etc/passwd",
        {
          rootfs: { type: 'overlay', lower: suite.rootfs },
        },
      ),
    done: ({ stdout }, suite) => {
      expect(stdout).toBe('1\npasswd\nchanged\n')
      expect(readFileSync(join(suite.rootfs, 'etc/passwd'), 'utf8')).toMatch(/^root:/)
      expect(existsSync(join(suite.rootfs, 'etc/group'))).toBe(true)
    },
  },
  'rootfs.lower': shows(
    'cat /one /two',
    (suite) => ({
      rootfs: {
        type: 'overlay',
        lower: [
          layer(suite, 'one', 'top\n'),
          layer(suite, 'one', 'hidden\n'),
          layer(suite, 'two', 'low\n'),
          suite.rootfs,
        ],
      },
    }),
    'top\nlow',
  ),
  'rootfs.upper': {
    command: (suite) => {
      const rootfs = kept(suite)
      layers = rootfs
      return suite.script('echo kept >/data/file', { rootfs })
    },
    done: (_, suite) => {
      expect(readFileSync(join(layers.upper, 'data/file'), 'utf8')).toBe('kept\n')
      expect(existsSync(join(suite.rootfs, 'data/file'))).toBe(false)
    },
  },
  'rootfs.work': {
    command: (suite) => {
      const rootfs = kept(suite)
      layers = rootfs
      return suite.script('true', { rootfs })
    },
    done: () => expect(readdirSync(layers.work)).toContain('work'),
  },
  'rootfs.size': shows(
    'dd if=/dev/zero of=/data/big bs=64k count=64 2>&1 | grep -o "No space left"; stat -c %s /data/big; rm /data/big',
    (suite) => ({ rootfs: { type: 'overlay', lower: suite.rootfs, size: '1MiB' } }),
    /^No space left\n(9\d{5}|10\d{5})$/,
  ),
  'rootfs.type=host': shows(
    'test -e /usr/bin/env && echo env; id -u; ls -A /root /home /run /tmp 2>&1 | grep -v :; head -c1 /etc/shadow 2>&1 | grep -o denied',
    { rootfs: { type: 'host' } },
    /^env\n65534\n+denied$/,
  ),
  'mounts=bind': {
    command: (suite) => {
      const source = layer(suite, 'file', 'of the host\n')
      layers = { upper: source, work: '' }
      return suite.script('cat /data/deep/file; echo new >/data/deep/back', {
        mounts: [{ type: 'bind', source, destination: '/data/deep' }],
      })
    },
    done: ({ stdout }) => {
      expect(stdout).toBe('of the host\n')
      expect(readFileSync(join(layers.upper, 'back'), 'utf8')).toBe('new\n')
    },
  },
  'mounts=idmap': {
    command: (suite) => {
      const source = layer(suite, 'file', 'of root')
      chmodSync(source, 0o755)
      chownSync(join(source, 'file'), 1000, 1001)
      layers = { upper: source, work: '' }
      const bind = (destination: string, options: string[]) => ({
        type: 'bind' as const,
        source,
        destination,
        options,
      })
      return suite.script(
        'stat -c %u:%g /plain /plain/file /mapped /mapped/file; touch /mapped/new; chown 7:8 /mapped/new; touch /plain/no',
        {
          ...PRIVATE_USERS,
          rootfs: { type: 'overlay', lower: suite.rootfs },
          mounts: [bind('/plain', []), bind('/mapped', ['ridmap'])],
        },
      )
    },
    done: ({ stdout, stderr }) => {
      expect(stdout).toBe('65534:65534\n65534:65534\n0:0\n1000:1001\n')
      expect(stderr).toMatch(/^touch: \/plain\/no: Permission denied\n$/)
      const { uid, gid } = statSync(join(layers.upper, 'new'))
      expect([uid, gid]).toEqual([7, 8])
    },
  },
  'mounts=tmpfs': shows(
    "grep ' /data ' /proc/self/mountinfo | cut -d' ' -f5,6,8,10-; stat -c %a /data",
    { mounts: [{ type: 'tmpfs', destination: '/data', options: ['size=1m', 'mode=711'] }] },
    /^\/data rw,nosuid,nodev,noexec,relatime tmpfs rw,size=1024k,mode=711[^\n]*\n711$/,
  ),
  'devices.allowed': {
    command: (suite) => {
      const device = openableDevice()
      return suite.script(opens(device), { devices: { allowed: [{ ...device, access: 'r' }] } })
    },
    done: ({ stdout, stderr }) => expect(`${stdout}${stderr}`).toBe('opened\n'),
  },
  'devices.created': shows(
    'ls -ln /dev/made/null | tr -s " " | cut -d" " -f1,3-6; echo x >/dev/made/null && echo written; ls -l /dev/pipe | cut -c1',
    {
      devices: {
        created: [
          { path: '/dev/made/null', type: 'c', major: 1, minor: 3, fileMode: 0o640, uid: 7, gid: 8 },
          { path: '/dev/pipe', type: 'p' },
        ],
      },
    },
    'crw-r----- 7 8 1, 3\nwritten\np',
  ),
  maskedPaths: shows(
    'cat /suid/su; ls -A /home; stat -c %t:%T /suid/su; touch /home/x',
    { maskedPaths: ['/suid/su', '/home', '/absent'] },
    /^1:3\ntouch: \/home\/x: Read-only file system$/,
  ),
  readonlyPaths: shows(
    'touch /data/x; echo >/etc/passwd; touch /home/fine && rm /home/fine && echo fine',
    { readonlyPaths: ['/data', '/etc/passwd', '/absent'] },
    /^fine\n[\s\S]*\/data\/x: Read-only file system[\s\S]*\/etc\/passwd: Read-only file system$/,
  ),
  mountLabel: shows(
    'ls -Zd /dev/shm',
    { mountLabel: 'system_u:object_r:container_file_t:s0' },
    /container_file_t/,
  ),
}
