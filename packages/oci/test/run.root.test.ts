import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRuntime } from '@execd/core'
import { oci } from '@execd/oci'
import { requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { containers, leftovers, optionsFor, RUNTIMES } from './support/container.js'

const { describe, test } = requires('root', 'cgroups', 'busybox', 'runc', 'crun')

describe.each(RUNTIMES)('running a command with %s', (name) => {
  const { folder, rootfs, run, shell, start } = containers(name)

  test.each<[string, string, number | null, string | null]>([
    ['exit 139', 'exited', 139, null],
    ['kill -SEGV $$', 'signaled', null, 'SIGSEGV'],
  ])('%s is told apart from what looks the same in a shell', async (script, reason, exitCode, signal) => {
    expect(await shell(script, { namespaces: { pid: 'host' } })).toMatchObject({ reason, exitCode, signal })
  })

  test('the standard streams are pipes that can be opened again, by the user too', async () => {
    const result = await shell(
      'echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin',
      {},
      { user: 'bob' },
      { input: 'in' },
    )
    expect(result).toMatchObject({ stdout: 'out\nin', stderr: 'err\n', exitCode: 0 })
  })

  test("root inside cannot change the host's null device through its descriptors", async () => {
    // another node of the device: a failure here must not take the real one from every user of the host
    const file = join(folder, 'null')
    execFileSync('mknod', ['-m', '666', file, 'c', '1', '3'])
    const fd = openSync(file, 'r+')
    try {
      const script = 'for n in 0 1 2; do chmod 640 /proc/self/fd/$n; chown 5 /proc/self/fd/$n; done; exit 3'
      for (const stdin of [{ file }, { fd }]) {
        const stdio = { stdin, stdout: { file }, stderr: { fd } } as const
        expect(await shell(script, {}, {}, { stdio })).toMatchObject({ exitCode: 3 })
      }
      expect(statSync(file)).toMatchObject({ mode: 0o20666, uid: 0 })
    } finally {
      closeSync(fd)
      rmSync(file)
    }
  })

  test('signals up to the very end do not hide it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const container = await start(['sh', '-c', 'trap "" USR1; usleep 20000; exit 3'])
      const ended = container.wait()
      while (container.status === 'running') {
        void container.kill('SIGUSR1').catch(() => {})
        await sleep(0)
      }
      expect(await ended).toMatchObject({ reason: 'exited', exitCode: 3 })
    }
  })

  test('a program that the kernel refuses is a failure to start, not an exit', async () => {
    writeFileSync(join(rootfs, 'bin/garbage'), 'garbage\0\x01')
    writeFileSync(join(rootfs, 'bin/orphan'), '#!/bin/not-there\n')
    for (const file of ['garbage', 'orphan']) chmodSync(join(rootfs, 'bin', file), 0o755)
    await expect(run(['/bin/garbage'])).rejects.toMatchObject({
      code: 'EXECD_PROGRAM_NOT_EXECUTABLE',
      details: { exitCode: 126, errno: 'ENOEXEC', program: '/bin/garbage' },
    })
    await expect(run(['orphan'])).rejects.toMatchObject({
      code: 'EXECD_PROGRAM_NOT_FOUND',
      details: { exitCode: 127, interpreter: '/bin/not-there' },
    })
    const container = await start(['sleep', '1000'])
    await expect(container.exec({ args: ['/bin/garbage'] })).rejects.toMatchObject({
      code: 'EXECD_PROGRAM_NOT_EXECUTABLE',
    })
    await container.terminate()
  })

  test('a program that ends at once has still started', async () => {
    for (let count = 0; count < 10; count++) expect(await run(['true'])).toMatchObject({ exitCode: 0 })
  })

  test('a working directory is looked up through links and mounts, and never made', async () => {
    mkdirSync(join(folder, 'data/inner'), { recursive: true })
    const mounts = [{ type: 'bind', source: join(folder, 'data'), destination: '/mnt/data' }]
    expect(await shell('pwd', { mounts }, { cwd: '/mnt/data/inner' })).toMatchObject({
      stdout: '/mnt/data/inner\n',
    })
    for (const cwd of ['/mnt/data/none', '/none', '/proc/self/fd/0', '/etc/passwd'])
      await expect(shell('pwd', { mounts }, { cwd })).rejects.toMatchObject({
        code: 'EXECD_WORKING_DIRECTORY',
      })
  })

  test('layers whose paths hold what has a meaning in options', async () => {
    const lower = join(folder, 'a,b:c\\d')
    mkdirSync(lower, { recursive: true })
    writeFileSync(join(lower, 'word'), 'lower\n')
    const result = await shell('cat /word; echo new >/word', {
      rootfs: { type: 'overlay', lower: [lower, rootfs] },
    })
    expect(result).toMatchObject({ stdout: 'lower\n', exitCode: 0 })
    expect(readFileSync(join(lower, 'word'), 'utf8')).toBe('lower\n')
  })

  test('each word of a mount is taken by the runtime', async () => {
    for (const word of [
      'ro',
      'suid',
      'dev',
      'noexec',
      'noatime',
      'strictatime',
      'nodiratime',
      'nosymfollow',
      'bind',
      'slave',
      'rslave',
    ]) {
      const mounts = [{ type: 'bind', source: '/usr', destination: '/mnt', options: [word] }]
      expect(await run(['true'], { mounts })).toMatchObject({ exitCode: 0 })
    }
  })

  test('what the kernel or the runtime refuses is told with its field', async () => {
    await expect(run(['true'], { resources: { cpu: { cpusetCpus: '999' } } })).rejects.toMatchObject({
      code: 'EXECD_LIMIT',
      details: { log: [expect.any(String)] },
    })
    await expect(run(['true'], { sysctl: { 'net.ipv4.nothing': '1' } })).rejects.toMatchObject({
      code: 'EXECD_SYSCTL',
    })
    await expect(run(['true'], { network: { mode: 'path', path: '/none' } })).rejects.toMatchObject({
      code: 'EXECD_NAMESPACE',
    })
    await expect(run(['true'], {}, { user: 'nobody-here' })).rejects.toMatchObject({
      code: 'EXECD_USER_NOT_FOUND',
    })
  })

  test('a start that is given up at any moment leaves nothing', async () => {
    for (let delay = 0; delay < 60; delay += 3)
      await run(['sleep', '1000'], {}, {}, { signal: AbortSignal.timeout(delay) }).catch(() => {})
    expect(leftovers(folder)).toEqual([])
  })

  test('labels are not orders to the runtime', async () => {
    const file = join(folder, 'written')
    await run(['true'], { labels: { 'run.oci.hooks.stdout': file } })
    expect(() => readFileSync(file)).toThrow()
  })

  test('two drivers with the same folder and the same id do not meet', async () => {
    const runtime = await createRuntime({ driver: oci(optionsFor(folder, name)) })
    const one = await start(['sleep', '1000'], { id: 'same' })
    const other = await runtime.start({ id: 'same', rootfs, process: { args: ['sleep', '1000'] } })
    expect(await other.pids()).toEqual([other.pid])
    await other.terminate()
    expect(one.status).toBe('running')
    await one.terminate()
    await runtime.close()
  })
})
