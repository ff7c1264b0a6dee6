import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, Runtime } from '@execd/core'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import { leftovers, lxcRuntime, makeRootfs, scratch } from './support/container.js'

const { describe, test } = requires('root', 'lxc', 'busybox')

describe('a running container', () => {
  const folder = scratch()
  let rootfs: string
  let runtime: Runtime
  let container: Container
  beforeAll(async () => {
    rootfs = makeRootfs(join(folder.path, 'rootfs'))
    runtime = await lxcRuntime(folder.path)
  })
  beforeEach(async () => {
    container = await runtime.start(
      {
        rootfs,
        process: {
          args: ['sh', '-c', 'trap "exit 9" TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done'],
          env: { OWN: '1' },
        },
        resources: { memory: { limit: '64MiB' } },
      },
      { stdio: { stdout: 'ignore' } },
    )
  })
  afterEach(() => container.terminate())
  afterAll(async () => {
    await runtime.close()
    expect(leftovers(folder.path)).toEqual([])
    folder.remove()
  })

  const exec = async (process: Parameters<Container['exec']>[0]) => {
    const started = await container.exec(process)
    const [stdout, stderr] = await Promise.all([text(started.stdout), text(started.stderr)])
    return { ...(await started.wait()), stdout, stderr }
  }

  test('exec: a process of its own in the container', async () => {
    const result = await exec({
      args: [
        'sh',
        '-c',
        'env | sort; id; umask; pwd; ulimit -n; grep -E "NoNew|Seccomp:|CapEff" /proc/self/status; cat /proc/1/environ | tr "\\0" "\\n" | grep OWN; echo err >&2; exit 5',
      ],
      env: { X: ' 1 "2"' },
      cwd: '/tmp',
      user: '1000:1001',
      umask: 0o027,
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 50 }],
    })
    expect(result).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('err') })
    expect(result.stdout).toMatch(
      /^HOME=\/home\/bob\nPATH=.*\nPWD=\/tmp\nSHLVL=1\nX= 1 "2"\ncontainer=lxc\nuid=1000\(bob\) gid=1001\(bob\).*\n0027\n\/tmp\n50\nCapEff:\t0+\nNoNewPrivs:\t1\nSeccomp:\t2\n/,
    )
  })

  test('exec: stdin, output, signals', async () => {
    const cat = await container.exec({ args: ['cat'] })
    const output = text(cat.stdout)
    cat.stdin?.end('typed')
    expect([await output, (await cat.wait()).exitCode]).toEqual(['typed', 0])
    const sleep = await container.exec({ args: ['sleep', '1000'] })
    await sleep.kill('SIGTERM')
    expect(await sleep.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGTERM' })
    await expect(sleep.kill('SIGTERM')).rejects.toMatchObject({ code: 'EXECD_NOT_RUNNING' })
    expect(container.status).toBe('running')
  })

  test('exec: what cannot be is told', async () => {
    await expect(container.exec({ args: ['nope'] })).rejects.toMatchObject({
      code: 'EXECD_PROGRAM_NOT_FOUND',
      details: { exitCode: 127 },
    })
    await expect(container.exec({ args: ['/etc/passwd'] })).rejects.toMatchObject({
      code: 'EXECD_PROGRAM_NOT_EXECUTABLE',
    })
    await expect(container.exec({ args: ['true'], cwd: '/nothing' })).rejects.toMatchObject({
      code: 'EXECD_WORKING_DIRECTORY',
    })
    await expect(container.exec({ args: ['true'], cwd: '/proc/self/fd/0' })).rejects.toMatchObject({
      code: 'EXECD_WORKING_DIRECTORY',
    })
    await expect(
      container.exec({ args: ['true'], capabilities: { add: ['SYS_ADMIN'] } }),
    ).rejects.toMatchObject({ code: 'EXECD_UNSUPPORTED' })
    await expect(container.exec({ args: ['true'], noNewPrivileges: false })).rejects.toMatchObject({
      code: 'EXECD_UNSUPPORTED',
    })
    await expect(container.exec({ args: ['true'], additionalGroups: ['5'] })).rejects.toMatchObject({
      code: 'EXECD_UNSUPPORTED',
    })
  })

  test('exec: ends with the container', async () => {
    const sleep = await container.exec({ args: ['sleep', '1000'] })
    await container.kill('SIGTERM')
    expect(await container.wait()).toMatchObject({ exitCode: 9 })
    expect((await sleep.wait()).ok).toBe(false)
  })

  test('exec: no descriptor of the host is open', async () => {
    const { stdout } = await exec({ args: ['sh', '-c', 'ls -l /proc/$$/fd; true'] })
    const open = stdout.split('\n').filter((entry) => / ([3-9]|\d\d+) -> /.test(entry))
    // what this process was itself started with becomes an empty pipe
    expect(open.filter((entry) => !/ -> pipe:/.test(entry))).toEqual([])
  })

  test('pause: time stands still; a paused one can be ended', async () => {
    const cpu = async () => (await sample()).cpu?.total
    await container.pause()
    const before = await cpu()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await cpu()).toBe(before)
    await container.unpause()
    await container.pause()
    await container.terminate()
    expect((await container.wait()).signal).toBe('SIGKILL')
  })

  const sample = async () => {
    for await (const one of container.stats({ interval: '10ms' })) return one
    throw new Error('no sample')
  }

  test('pids, stats, update up and down', async () => {
    expect(await container.pids()).toContain(container.pid)
    for (const limit of [128, 32, 64].map((mebibytes) => mebibytes * 1024 ** 2)) {
      await container.update({ memory: { limit }, pids: { limit: 20 } })
      expect(await sample()).toMatchObject({ memory: { limit }, pids: { limit: 20 } })
    }
    await expect(
      container.update({ pids: { limit: 30 }, cpu: { cpusetCpus: '4000' } }),
    ).rejects.toMatchObject({ code: 'EXECD_LIMIT', details: { path: 'resources.cpu.cpusetCpus' } })
    const { memory, cpu, pids, network } = await sample()
    expect(memory?.usage).toBeGreaterThan(0)
    expect(cpu?.total).toBeGreaterThan(0)
    expect(pids?.current).toBeGreaterThan(0)
    expect(network?.map(({ name }) => name)).toEqual(['lo'])
  })

  test('another container may share its namespaces', async () => {
    const result = await runtime.run({
      rootfs,
      process: { args: ['readlink', '/proc/self/ns/net', '/proc/self/ns/ipc'] },
      network: { mode: 'container', container: container.id },
      namespaces: { ipc: { container: container.id } },
    })
    expect(result.stdout).toBe(
      (await exec({ args: ['readlink', '/proc/self/ns/net', '/proc/self/ns/ipc'] })).stdout,
    )
  })

  test('an abort at any moment of the start leaves nothing', async () => {
    for (const delay of [0, 2, 5, 8, 10, 12, 15, 20, 30, 40]) {
      const started = runtime.start(
        { rootfs, process: { args: ['sleep', '4711'] } },
        { signal: AbortSignal.timeout(delay) },
      )
      await started.then(
        (other) => other.wait(),
        () => {},
      )
    }
    expect(runtime.list().map(({ id }) => id)).toEqual([container.id])
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder.path)
    // a child of a killed lxc-start would wait for it for ever
    const starting = readdirSync('/proc').filter(
      (pid) =>
        /^\d+$/.test(pid) && argumentsOf(pid).includes(folder.path) && argumentsOf(pid).includes('4711'),
    )
    expect(starting).toEqual([])
  })
})

async function text(stream: AsyncIterable<Buffer> | null): Promise<string> {
  const pieces: Buffer[] = []
  if (stream !== null) for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
