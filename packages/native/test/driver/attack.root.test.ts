import { execFileSync, spawn } from 'node:child_process'
import { createReadStream, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Container } from '@execd/core'
import { expect } from '@jest/globals'
import { drain } from '../../dist/io/drain.js'
import { cgroupMounts, parentFolders, removeGroups } from './support/host-state.js'
import { driverTestsPooledToo, failure } from './support/suite.js'
import { until } from './support/until.js'

const monitorOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

async function firstLine(container: Container): Promise<string> {
  for await (const chunk of container.stdout ?? []) return String(chunk).trim()
  return ''
}

driverTestsPooledToo('attacks', (suite, test) => {
  test('the system console of the host cannot be opened through a node of its numbers', async () => {
    const open =
      'mknod /tmp/console c 5 1 && (exec 3<>/tmp/console) 2>/dev/null && echo opened; rm -f /tmp/console; echo end'
    expect(await suite.output(open)).toBe('end')
    const { stdout } = await suite.sh(open, { process: { terminal: true } })
    expect(stdout.trim()).toBe('end')
    expect((await suite.sh('echo mine >/dev/console', { process: { terminal: true } })).stdout).toBe(
      'mine\r\n',
    )
  })

  for (const pid of ['private', 'host'] as const) {
    test(`a group that a privileged container froze itself does not outlive terminate, pid namespace ${pid}`, async () => {
      if (!cgroupMounts().has('freezer')) return // v2 kills what is frozen
      const script =
        'cd /sys/fs/cgroup/freezer && mkdir own && sleep 1000 & p=$!; cd /sys/fs/cgroup/freezer; until [ -d own ]; do :; done; ' +
        'echo $p >own/cgroup.procs && echo FROZEN >own/freezer.state && echo frozen; sleep 1000'
      // with the host's pid namespace the ids are the same inside and outside, in a private one the kernel translates them
      const container = await suite.runtime.start(
        suite.script(script, { process: { privileged: true }, namespaces: { pid } }),
      )
      expect(await firstLine(container)).toBe('frozen')
      const end = container.wait()
      await Promise.race([container.terminate(), delay(5000)])
      const ended = await Promise.race([end, delay(1000, null)])
      for (const folder of parentFolders(suite.parent)) {
        const file = join(folder, container.id, 'own/freezer.state')
        if (existsSync(file)) writeFileSync(file, 'THAWED') // where this test fails nothing shall be left frozen
      }
      expect(ended).toMatchObject({ reason: 'signaled', cleanup: [] })
    })
  }

  test('a stopped monitor does not keep a container alive', async () => {
    const container = await suite.idle()
    process.kill(monitorOf(container.pid), 'SIGSTOP')
    expect(await container.terminate()).toMatchObject({ reason: 'lost', cleanup: [] })
    expect(existsSync(`/proc/${container.pid}/exe`)).toBe(false)
  }, 60_000)

  test('a group that cannot be removed after its monitor died is part of the verdict, and the driver goes on', async () => {
    if (!cgroupMounts().has('memory')) return // v2 has one tree: what is in it is killed
    const rejections: unknown[] = []
    const note = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', note)
    const container = await suite.idle({ id: 'stuck' })
    const folder = join(cgroupMounts().get('memory') ?? '', suite.parent, 'stuck')
    // a process of the host in one of the groups only, which the kill does not look into
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
    try {
      writeFileSync(join(folder, 'cgroup.procs'), String(stranger.pid))
      process.kill(monitorOf(container.pid), 'SIGKILL')
      const end = await container.wait()
      expect(end.reason).toBe('lost')
      expect(end.cleanup).toEqual([{ step: 'clean up after the monitor', errno: 'EBUSY' }])
      expect(stranger.signalCode).toBe(null)
    } finally {
      stranger.kill('SIGKILL')
      await until('the stranger is gone', () => stranger.exitCode !== null || stranger.signalCode !== null)
    }
    const left = suite.groups()
    expect(left.length).toBeLessThanOrEqual(1)
    removeGroups(left)
    expect((await suite.sh('echo again')).stdout).toBe('again\n')
    expect(rejections).toEqual([])
    process.off('unhandledRejection', note)
  }, 40_000)

  test('a FIFO in place of a namespace is refused, and is not waited for', async () => {
    const fifo = join(suite.temp, 'fifo')
    await new Promise((resolve) => spawn('mkfifo', [fifo]).once('close', resolve))
    const started = performance.now()
    for (const part of [
      { network: { mode: 'path', path: fifo } },
      { namespaces: { ipc: { path: fifo } } },
    ] as const) {
      expect((await failure(suite.runtime.run(suite.command(['true'], part)))).code).toBe('EXECD_NAMESPACE')
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test("the caller's personality is not the command's: addresses stay random", () => {
    const command = { rootfs: suite.rootfs, process: { args: ['cat', '/proc/self/personality'] } }
    const program =
      "import('@execd/core').then(async ({ createRuntime }) => { const { native } = await import('@execd/native'); " +
      `const runtime = await createRuntime({ driver: native({ cgroupParent: '${suite.parent}' }) }); ` +
      `const { stdout } = await runtime.run(${JSON.stringify(command)}); process.stdout.write(stdout); await runtime.close() })`
    const cwd = fileURLToPath(new URL('../..', import.meta.url))
    const args = ['--addr-no-randomize', process.execPath, '--eval', program]
    expect(execFileSync('setarch', args, { encoding: 'utf8', cwd })).toBe('00000000\n')
  })

  test('what a stranger writes without an end is not read without an end', () => {
    const fd = openSync('/dev/zero', 'r')
    const reader = createReadStream('/dev/null', { fd })
    const size = drain(reader, fd).reduce((sum, chunk) => sum + chunk.length, 0)
    reader.destroy()
    expect(size).toBeGreaterThanOrEqual(1024 * 1024)
    expect(size).toBeLessThanOrEqual(32 * 1024 * 1024)
  })
})
