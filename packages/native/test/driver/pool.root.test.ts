import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandInput, type Container, createRuntime, type Runtime } from '@execd/core'
import { NativeDriver, type PoolOptions } from '@execd/native'
import { expect } from '@jest/globals'
import { childrenOf, readOrNull } from './support/host-state.js'
import { makeRootfs } from './support/rootfs.js'
import { textOf } from './support/streams.js'
import { driverTests, failure, type Suite } from './support/suite.js'
import { until } from './support/until.js'

/** A driver with a pool, in a runtime that is closed after the test. */
async function pooled(
  suite: Suite,
  pool: PoolOptions = {},
): Promise<{ driver: NativeDriver; runtime: Runtime }> {
  const driver = new NativeDriver({ cgroupParent: suite.parent, pool })
  const runtime = await createRuntime({ driver })
  suite.others.push(runtime)
  return { driver, runtime }
}

const groupOf = async (container: Container): Promise<string> => {
  const { pids, unified } = (await container.info())?.details ?? {}
  return pids ?? unified ?? ''
}
const isPooled = async (container: Container): Promise<boolean> =>
  /\/pool-[0-9a-f]{8}$/.test(await groupOf(container))
const start = (runtime: Runtime, command: CommandInput) => runtime.start(command, { stdio: 'ignore' })
const pauseFor = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
/** The helpers that wait for a command: children of this process that have a child which is the helper too. */
const waiting = (): number[] =>
  childrenOf(process.pid)
    .filter((child) => child.includes('execd-init'))
    .map((child) => Number(child.split(' ')[0]))

driverTests('prepared containers', (suite, test) => {
  test('the first start is learned from, the next ones find one, and each is itself', async () => {
    const { driver, runtime } = await pooled(suite)
    const first = await start(runtime, suite.command(['sleep', '1000']))
    expect(await isPooled(first)).toBe(false)
    const groups = new Set<string>()
    for (let n = 0; n < 3; n++) {
      await until('one is prepared', () => driver.pool.ready > 0)
      const command = suite.script(`read line; echo $WHO; hostname; exit ${n}`, {
        process: { env: { WHO: `number ${n}` } },
      })
      // an environment where there was none is of the same shape
      const container = await runtime.start({ ...command, id: `pooled-${n}-xxxxxxx` })
      expect(await isPooled(container)).toBe(true)
      groups.add(await groupOf(container))
      container.stdin?.end('go on\n')
      expect(await textOf(container.stdout)).toBe(`number ${n}\npooled-${n}-xxxxxxx\n`)
      expect(await container.wait()).toMatchObject({ exitCode: n })
    }
    expect(groups.size).toBe(3)
  })

  test('the command has the descriptors, arguments, environment, user and limits that it asked for', async () => {
    const { driver, runtime } = await pooled(suite)
    const command = (script: string): CommandInput =>
      suite.script(script, {
        process: {
          user: '1234:567',
          env: { A: 'b' },
          cwd: '/tmp',
          umask: 0o077,
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 20 }],
        },
        resources: { pids: { limit: 9 } },
      })
    await driver.prepare(command('true'))
    const result = await runtime.run(
      command(
        'cat; id -u; id -g; pwd; umask; ulimit -n; echo $A; ls /proc/self/fd | wc -l; echo err >&2; exit 7',
      ),
      { input: 'in\n' },
    )
    expect(result.stdout).toBe('in\n1234\n567\n/tmp\n0077\n20\nb\n4\n')
    expect(result).toMatchObject({ stderr: 'err\n', exitCode: 7, cleanup: [] })
    expect(result.usage.memory.peak).toBeGreaterThan(0)
  })

  test('a rest that is larger than a socket holds arrives', async () => {
    const { driver, runtime } = await pooled(suite)
    const env = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`V${n}`, 'x'.repeat(100_000)]))
    await driver.prepare(suite.script('true', { process: { env: { A: '1' } } }))
    const result = await runtime.run(suite.script('env | wc -c', { process: { env } }))
    expect(Number(result.stdout)).toBeGreaterThan(1_200_000)
  })

  test('the verbs work on it: exec, statistics, limits, pause, processes, sharing', async () => {
    const { driver, runtime } = await pooled(suite)
    const command = suite.command(['sleep', '1000'], {
      resources: { pids: { limit: 50 }, memory: { limit: '64MiB' } },
    })
    await driver.prepare(command)
    const container = await start(runtime, command)
    expect(await isPooled(container)).toBe(true)
    const execution = await container.exec({ args: ['sh', '-c', 'hostname; exit 3'] })
    const text = textOf(execution.stdout)
    expect(await execution.wait()).toMatchObject({ exitCode: 3 })
    expect(await text).toBe(`${container.id}\n`)
    expect((await container.stats()).pids?.limit).toBe(50)
    await container.update({ pids: { limit: 60 } })
    expect((await container.stats()).pids?.limit).toBe(60)
    await container.pause()
    await container.unpause()
    expect(await container.pids()).toEqual([container.pid])
    const sharing = await runtime.run(
      suite.script('hostname', { namespaces: { uts: { container: container.id } } }),
    )
    expect(sharing.stdout).toBe(`${container.id}\n`)
    let events = 0
    container.on('oom', () => {
      events += 1
    })
    const hungry = await container.exec({
      args: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=100M', 'count=1'],
    })
    await hungry.wait()
    await until('the event came', () => events > 0)
    await container.terminate()
  })

  test('a failure names what it was about, and another start finds its way', async () => {
    const { driver, runtime } = await pooled(suite)
    await driver.prepare(suite.command(['true']))
    expect(await failure(runtime.run(suite.command(['/no/such'])))).toMatchObject({
      code: 'EXECD_PROGRAM_NOT_FOUND',
      details: { step: 'exec', path: 'process.args[0]', exitCode: 127 },
    })
    const command = suite.command(['true'], { process: { cwd: '/nowhere' } })
    await driver.prepare(command)
    expect(await failure(runtime.run(command))).toMatchObject({
      code: 'EXECD_WORKING_DIRECTORY',
      details: { step: 'chdir', path: 'process.cwd' },
    })
  })

  test('other limits, mounts or namespaces are another shape', async () => {
    const { driver, runtime } = await pooled(suite, { max: 10 })
    await driver.prepare(suite.command(['true']))
    for (const part of [
      { resources: { pids: { limit: 7 } } },
      { mounts: [{ type: 'tmpfs' as const, destination: '/t' }] },
      { namespaces: { ipc: 'host' as const } },
      { network: { mode: 'host' as const } },
      { maskedPaths: [] },
      { process: { capabilities: { drop: ['NET_RAW'] } } },
    ]) {
      const container = await start(runtime, suite.command(['sleep', '1000'], part))
      expect(await isPooled(container)).toBe(false)
      await container.terminate()
    }
    expect(
      await isPooled(await start(runtime, suite.command(['sleep', '1000'], { process: { user: '5' } }))),
    ).toBe(true)
  })

  test.each([['root'], ['bind']])(
    'a folder that was replaced since (%s) is not the old one',
    async (which) => {
      const { driver, runtime } = await pooled(suite)
      const folder = join(suite.temp, `replaced-${which}`)
      const fresh = (content: string): void => {
        if (which === 'root') makeRootfs(folder)
        else mkdirSync(folder)
        writeFileSync(join(folder, 'content'), content)
      }
      fresh('old')
      const command = (): CommandInput =>
        which === 'root'
          ? { rootfs: folder, process: { args: ['cat', '/content'] } }
          : suite.command(['cat', '/mnt/content'], {
              mounts: [{ type: 'bind', source: folder, destination: '/mnt' }],
            })
      await driver.prepare(command())
      renameSync(folder, `${folder}-old`)
      fresh('new')
      expect(await runtime.run(command())).toMatchObject({ stdout: 'new', ok: true })
      renameSync(folder, `${folder}-gone`)
      await until('another is prepared, or cannot be', () => driver.pool.preparing === 0)
      expect((await failure(runtime.run(command()))).code).toMatch(/EXECD_(ROOTFS|MOUNT)/)
    },
  )

  test('content that changed since is seen', async () => {
    const { driver, runtime } = await pooled(suite)
    const folder = join(suite.temp, 'changing')
    mkdirSync(folder)
    const command = suite.command(['cat', '/mnt/content'], {
      mounts: [{ type: 'bind', source: folder, destination: '/mnt' }],
    })
    await driver.prepare(command)
    writeFileSync(join(folder, 'content'), 'later')
    expect(await runtime.run(command)).toMatchObject({ stdout: 'later' })
  })

  test('a command that is ended on its way leaves nothing', async () => {
    const { driver, runtime } = await pooled(suite)
    for (let tenths = 0; tenths < 30; tenths += 1) {
      await driver.prepare(suite.command(['sleep', '1000']))
      const controller = new AbortController()
      const outcome = runtime.run(suite.command(['sleep', '1000']), { signal: controller.signal }).then(
        ({ reason }) => reason,
        ({ code }: { code: string }) => code,
      )
      const end = performance.now() + tenths / 10
      while (performance.now() < end) await new Promise(setImmediate)
      controller.abort()
      expect(['EXECD_ABORTED', 'aborted']).toContain(await outcome)
    }
    await runtime.close()
    expect(suite.groups()).toEqual([])
  })

  test.each([['the helper'], ['what it has prepared']])(
    'when %s is killed, it is thrown away, and starts go on',
    async (which) => {
      const { driver, runtime } = await pooled(suite, { min: 2 })
      await driver.prepare(suite.command(['true']))
      expect(driver.pool.ready).toBe(2)
      for (const helper of waiting()) {
        const inner = readFileSync(`/proc/${helper}/task/${helper}/children`, 'utf8').trim()
        const victim = which === 'the helper' ? helper : Number(inner)
        process.kill(victim, 'SIGKILL')
        // without a turn of the event loop, in which it would become known here
        while (!/^State:\t[ZX]/m.test(readOrNull(`/proc/${victim}/status`) ?? 'State:\tX')) pauseFor(1)
      }
      // at once, before it is known here
      expect(await runtime.run(suite.command(['echo', 'fine']))).toMatchObject({ stdout: 'fine\n', ok: true })
      await runtime.close()
      expect(suite.groups()).toEqual([])
    },
  )

  test('closing leaves nothing, also of what is just being prepared', async () => {
    for (const pause of [0, 1, 2, 5]) {
      const { driver, runtime } = await pooled(suite, { min: 3 })
      await runtime.run(suite.command(['true']))
      const preparing = driver.prepare(suite.command(['true']))
      await sleep(pause)
      await runtime.close()
      await preparing
      expect(suite.groups()).toEqual([])
      expect(driver.pool).toEqual({ ready: 0, preparing: 0 })
    }
  })

  test('what cannot be prepared says so', async () => {
    const { driver } = await pooled(suite)
    const terminal = suite.command(['sh'], { process: { terminal: true } })
    const upper = {
      rootfs: { type: 'overlay' as const, lower: [suite.rootfs], upper: suite.temp, work: suite.temp },
    }
    for (const command of [terminal, suite.command(['sh'], upper)])
      expect((await failure(driver.prepare(command))).code).toBe('EXECD_UNSUPPORTED')
    expect((await failure(driver.prepare({ rootfs: '/x' } as unknown as CommandInput))).code).toBe(
      'EXECD_INVALID_COMMAND',
    )
    const without = new NativeDriver({ cgroupParent: suite.parent })
    expect(await failure(without.prepare(suite.command(['true'])))).toMatchObject({
      code: 'EXECD_UNSUPPORTED',
      hint: 'make the driver with the option `pool`',
    })
    expect(without.pool).toEqual({ ready: 0, preparing: 0 })
    await without[Symbol.asyncDispose]()
  })
})
