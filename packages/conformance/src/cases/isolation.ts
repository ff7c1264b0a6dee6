import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { present, same } from '../expect.js'
import { inherited, linkOf } from '../host/processes.js'

/** A namespace of a running container, from here, else as it says itself. */
async function namespaceOf(context: CaseContext, name: string, more = {}): Promise<string> {
  const container = await context.start(`readlink /proc/self/ns/${name}; read line`, more)
  const seen = linkOf(`/proc/${container.pid}/ns/${name}`)
  container.stdin?.end('go\n')
  const text: Buffer[] = await (container.stdout?.toArray() ?? [])
  await container.wait()
  return seen ?? Buffer.concat(text).toString().trim()
}

function privateCase(name: 'ipc' | 'uts' | 'cgroup' | 'pid'): Case {
  return {
    id: `isolation.private-${name}`,
    title: `the ${name} namespace is its own`,
    needs: { fields: [`namespaces.${name}=private`] },
    async run(context) {
      const inside = await namespaceOf(context, name)
      assert.match(inside, new RegExp(`^${name}:`))
      assert.notEqual(inside, linkOf(`/proc/self/ns/${name}`))
    },
  }
}

function hostCase(name: 'ipc' | 'uts' | 'cgroup' | 'pid' | 'user'): Case {
  return {
    id: `isolation.host-${name}`,
    title: `the ${name} namespace is that of the host when the command asks for it`,
    needs: { fields: [`namespaces.${name}=host`] },
    async run(context) {
      const inside = await namespaceOf(context, name, { namespaces: { [name]: 'host' } })
      assert.equal(inside, linkOf(`/proc/self/ns/${name}`))
    },
  }
}

/** What a container does not see. */
export const isolationCases: readonly Case[] = [
  {
    id: 'isolation.descriptors',
    title: 'no descriptor but the three standard ones is open inside, whatever is open here',
    async run({ inside, after }) {
      const opened = Array.from({ length: 8 }, () => openSync('/proc/self/status', 'r'))
      after(() => {
        for (const fd of opened) closeSync(fd)
      })
      const { descriptors } = await inside()
      const lent = inherited().filter((fd) => descriptors.includes(fd))
      const words =
        lent.length === 0 ? '' : `, of which this process inherited ${lent.join(', ')}, open on exec`
      same(descriptors, [], `descriptors above 2${words}`)
    },
  },
  {
    id: 'isolation.root',
    title: 'the root is that of the command: files of the host are not there',
    needs: { fields: ['rootfs.type=directory'] },
    async run({ run, scratch }) {
      const secret = join(scratch(), 'secret')
      writeFileSync(secret, 'of the host')
      const { stdout } = await run(
        `[ -e ${secret} ] && echo seen; [ -e /../${secret} ] && echo seen; ls -d /bin/busybox`,
      )
      assert.equal(stdout, '/bin/busybox\n')
    },
  },
  {
    id: 'isolation.processes',
    title: 'no process of the host is seen or can be signalled',
    needs: { fields: ['namespaces.pid=private'] },
    async run({ inside, run }) {
      const processes = present((await inside()).processes, '/proc inside')
      assert.ok(processes.length < 12, `${processes.length} processes are seen`)
      const { stdout } = await run(
        `kill -0 ${process.pid} 2>/dev/null && echo reached; kill -0 ${process.ppid} 2>/dev/null && echo reached; exit 0`,
      )
      assert.equal(stdout, '')
    },
  },
  {
    id: 'isolation.hostname',
    title: 'the host name is that of the command, else the id, and that of the host does not change',
    needs: { fields: ['hostname', 'namespaces.uts=private'] },
    async run({ inside }) {
      const before = hostname()
      assert.equal((await inside({ hostname: 'kit-host' })).hostname, 'kit-host')
      assert.equal((await inside({ id: 'kit-hostname' })).hostname, 'kit-hostname')
      assert.equal(hostname(), before)
    },
  },
  privateCase('pid'),
  privateCase('ipc'),
  privateCase('uts'),
  privateCase('cgroup'),
  hostCase('pid'),
  hostCase('ipc'),
  hostCase('uts'),
  hostCase('cgroup'),
  hostCase('user'),
  {
    id: 'isolation.masked',
    title: 'masked paths show nothing',
    needs: { fields: ['maskedPaths'] },
    async run({ run }) {
      const { stdout } = await run(
        'head -c 16 /proc/kcore | wc -c; head -c 16 /proc/keys | wc -c; ls /sys/firmware 2>/dev/null | wc -l',
      )
      same(stdout.trim().split(/\s+/), ['0', '0', '0'], 'bytes and entries')
    },
  },
  {
    id: 'isolation.read-only-paths',
    title: 'read-only paths cannot be written to',
    needs: { fields: ['readonlyPaths'] },
    async run({ run }) {
      const { stdout } = await run(
        'for f in /proc/sys/vm/swappiness /proc/sysrq-trigger; do [ -e $f ] && (: >> $f) 2>/dev/null && echo $f; done; exit 0',
      )
      assert.equal(stdout, '')
    },
  },
  {
    id: 'isolation.seccomp',
    title: 'the default filter is in force, and refuses what it should',
    needs: { fields: ['seccomp=default'] },
    async run({ inside, run }) {
      assert.equal((await inside()).seccomp, 2)
      const { exitCode } = await run('unshare -r true 2>/dev/null')
      assert.notEqual(exitCode, 0, 'a new user namespace could be made')
    },
  },
  {
    id: 'isolation.seccomp-unconfined',
    title: 'no filter is in force when the command says so',
    needs: { fields: ['seccomp=unconfined', 'seccomp=default'] },
    async run({ inside }) {
      assert.equal((await inside({ seccomp: 'unconfined' })).seccomp, ownSeccomp())
    },
  },
  {
    id: 'isolation.devices',
    title: 'the usual devices are there, and others cannot be used',
    needs: { fields: ['devices.allowed'] },
    async run({ run }) {
      const usual = 'for d in null zero full random urandom tty ptmx; do [ -c /dev/$d ] || echo "no $d"; done'
      // fuse, tun, loop-control and kmsg: that they can be opened hangs on no capability of the default set.
      const other =
        'for n in "10 229" "10 200" "10 237" "1 11"; do mknod /dev/kit-node c $n 2>/dev/null; (: < /dev/kit-node) 2>/dev/null && echo opened $n; rm -f /dev/kit-node; done; exit 0'
      const { stdout } = await run(`${usual}; ${other}`)
      assert.equal(stdout, '')
    },
  },
  {
    id: 'isolation.sysctl',
    title: 'a kernel parameter of a namespace is set inside',
    needs: { fields: ['sysctl', 'network.mode=none'] },
    async run({ run }) {
      const { stdout } = await run('cat /proc/sys/net/ipv4/ip_default_ttl', {
        sysctl: { 'net.ipv4.ip_default_ttl': '77' },
      })
      assert.equal(stdout.trim(), '77')
    },
  },
]

/** The filter that this process itself is under, which a container inherits: 0 none. */
function ownSeccomp(): number {
  return Number(/^Seccomp:\s*(\d)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0)
}
