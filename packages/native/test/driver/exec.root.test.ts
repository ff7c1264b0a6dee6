import type { Container, ExecOptions } from '@execd/core'
import { expect } from '@jest/globals'
import { limitOf } from './fields/field-case.js'
import { newMark, sleepers } from './support/host-state.js'
import { textOf } from './support/streams.js'
import { driverTestsPooledToo, failure, type Part } from './support/suite.js'
import { until } from './support/until.js'

type ProcessPart = NonNullable<Part['process']>

const script = (source: string, part: ProcessPart = {}) => ({ args: ['sh', '-c', source], ...part })

/** What a script in the container wrote, with its verdict. */
async function exec(container: Container, source: string, part: ProcessPart = {}, options: ExecOptions = {}) {
  const execution = await container.exec(script(source, part), options)
  const [stdout, stderr, verdict] = await Promise.all([
    textOf(execution.stdout),
    textOf(execution.stderr),
    execution.wait(),
  ])
  return { stdout, stderr, verdict }
}

const WAYS: ReadonlyArray<readonly [string, Part]> = [
  ['in private namespaces', {}],
  ['under an init', { init: true }],
  ["in the host's pid namespace", { namespaces: { pid: 'host' } }],
  [
    'in a user namespace',
    {
      namespaces: {
        user: 'private',
        uidMappings: [{ containerID: 0, hostID: 200_000, size: 65_536 }],
        gidMappings: [{ containerID: 0, hostID: 200_000, size: 65_536 }],
      },
    },
  ],
]

driverTestsPooledToo('exec', (suite, test) => {
  test.each(WAYS)('runs in the same namespaces, %s', async (_, part) => {
    const container = await suite.idle(part)
    const names = ['ipc', 'mnt', 'net', 'pid', 'uts', 'user', 'cgroup']
    const { readlinkSync } = await import('node:fs')
    const wanted = names.map((name) => readlinkSync(`/proc/${container.pid}/ns/${name}`))
    const links = names.map((name) => `/proc/self/ns/${name}`).join(' ')
    const { stdout } = await exec(container, `for l in ${links}; do readlink $l; done; ls /`)
    // the cgroup namespace may be told by its own group only where there is one
    expect(stdout.split('\n').slice(0, 7)).toEqual(wanted)
    expect(stdout).toMatch(/\nbin\n[\s\S]*suid\n/)
  })

  test('is refused where a process could trace the helper that joins', async () => {
    const part = { process: { capabilities: { add: ['SYS_PTRACE'] } } }
    const tracer = await suite.idle(part)
    expect(await failure(exec(tracer, 'true'))).toMatchObject({
      code: 'EXECD_UNSUPPORTED',
      details: { path: 'process.capabilities.add', got: 'CAP_SYS_PTRACE' },
    })
    const plain = await suite.idle()
    expect(await failure(exec(plain, 'true', part.process))).toMatchObject({ code: 'EXECD_UNSUPPORTED' })
    const sharing = suite.sh('true', { namespaces: { pid: { container: tracer.id } } })
    expect(await failure(sharing)).toMatchObject({ code: 'EXECD_NAMESPACE' })
    const [, inUserNamespace] = WAYS[3] ?? ['', {}]
    const own = await suite.idle({ ...inUserNamespace, ...part })
    expect((await exec(own, 'echo in')).stdout).toBe('in\n')
    const privileged = await suite.idle({ process: { privileged: true } })
    expect((await exec(privileged, 'echo in')).stdout).toBe('in\n')
  })

  test('has its own environment, folder, user, umask, limits and exit code', async () => {
    const container = await suite.idle({ process: { env: { OF: 'container' }, user: '0' } })
    const { stdout, verdict } = await exec(
      container,
      'echo $OF $MINE $PWD $HOME; id -u; id -G; umask; ulimit -n; exit 9',
      {
        env: { MINE: 'x' },
        cwd: '/home/ann',
        user: 'ann',
        umask: 0o077,
        rlimits: [{ type: 'RLIMIT_NOFILE', soft: 55 }],
      },
    )
    expect(stdout).toMatch(/^x \/home\/ann \/home\/ann\n1000\n2000 3000\n0077\n55\n$/)
    expect(verdict).toMatchObject({ reason: 'exited', exitCode: 9, oom: null })
  })

  test('has no more rights than the first process: capabilities, filter, no new privileges', async () => {
    const container = await suite.idle()
    const { stdout } = await exec(
      container,
      'cat /proc/self/status; ls /proc/self/fd | tr "\\n" " "; unshare -U true',
    )
    expect(stdout).toMatch(/^CapEff:\t00000000a80425fb$/m)
    expect(stdout).toMatch(/^CapBnd:\t00000000a80425fb$/m)
    expect(stdout).toMatch(/^CapInh:\t0000000000000000$/m)
    expect(stdout).toMatch(/^NoNewPrivs:\t1$/m)
    expect(stdout).toMatch(/^Seccomp:\t2$/m)
    expect(stdout).toMatch(/^0 1 2 3 $/m)
    const user = await exec(container, 'grep ^Cap /proc/self/status | cut -f2 | sort -u', { user: 'ann' })
    expect(user.stdout).toBe('0000000000000000\n00000000a80425fb\n')
  })

  test('input, output and a terminal of its own', async () => {
    const container = await suite.idle()
    const cat = await container.exec({ args: ['cat'] })
    cat.stdin?.end('through\n')
    expect(await textOf(cat.stdout)).toBe('through\n')
    const tty = await container.exec(
      script('tty; stty size', { terminal: true, consoleSize: { height: 11, width: 22 } }),
    )
    expect(await textOf(tty.stdout)).toMatch(/^\/dev\/pts\/\d+\r\n11 22\r\n$/)
    expect(tty.stderr).toBeNull()
    expect(await tty.wait()).toMatchObject({ exitCode: 0 })
  })

  test('is in a group of its own, gone after it', async () => {
    const container = await suite.idle()
    const execution = await container.exec({ args: ['sleep', '1000'] })
    expect(suite.execGroups().length).toBeGreaterThan(0)
    expect(limitOf(execution.pid, 'pids', 'pids.current', 'pids.current')).toBe('1')
    const stats = await execution.stats()
    expect(stats.pids?.current).toBe(1)
    expect((await container.stats()).pids?.current).toBe(2)
    expect(await container.pids()).toContain(execution.pid)
    await execution.terminate()
    expect(suite.execGroups()).toEqual([])
    expect(await container.pids()).toEqual([container.pid])
  })

  test.each(WAYS)('its whole tree ends with it while the container lives, %s', async (_, part) => {
    const container = await suite.idle(part)
    const [mine, others, timedOnes] = [newMark(), newMark(), newMark()]
    const other = await container.exec({ args: ['sleep', others] })
    const source = `(setsid sleep ${mine} &); sh -c "trap '' TERM; sleep ${mine} & sleep ${mine}" & sleep ${mine}`
    const execution = await container.exec(script(source))
    await until('the tree is there', () => sleepers(mine).length === 4)
    expect(await execution.terminate()).toMatchObject({ signal: 'SIGKILL' })
    expect(sleepers(mine)).toEqual([])
    expect(container.status).toBe('running')
    expect(sleepers(others)).toHaveLength(1)

    const late = await failure(container.exec(script('x'), { signal: AbortSignal.abort() }))
    expect(late.code).toBe('EXECD_ABORTED')
    const timed = await exec(
      container,
      `(setsid sleep ${timedOnes} &); sleep ${timedOnes}`,
      {},
      { timeout: 300 },
    )
    expect(timed.verdict).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
    expect(sleepers(timedOnes)).toEqual([])

    await container.terminate()
    expect(await other.wait()).toMatchObject({ signal: 'SIGKILL' })
    expect(sleepers(others)).toEqual([])
  })

  test('dies with the container, and none starts after', async () => {
    const container = await suite.runtime.start(suite.script('read line; exit 2'))
    const execution = await container.exec({ args: ['sleep', '1000'] })
    container.stdin?.end('now\n')
    expect(await container.wait()).toMatchObject({ exitCode: 2 })
    expect(await execution.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGKILL' })
    expect((await failure(container.exec(script('true')))).code).toBe('EXECD_NOT_RUNNING')
    expect((await failure(execution.kill('SIGTERM'))).code).toBe('EXECD_NOT_RUNNING')
  })

  test('a signal reaches the exec only', async () => {
    const container = await suite.idle()
    const execution = await container.exec({ args: ['sleep', '1000'] })
    await execution.kill('SIGTERM')
    expect(await execution.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGTERM' })
    expect(container.status).toBe('running')
  })

  test("its memory is counted in the container's limit, and its OOM is its own", async () => {
    const container = await suite.idle({ resources: { memory: { limit: '32MiB' } } })
    const execution = await container.exec({
      args: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=100M', 'count=1'],
    })
    expect(await execution.wait()).toMatchObject({ reason: 'oom', signal: 'SIGKILL' })
    expect(container.status).toBe('running')
  })

  test('what cannot start says so and leaves the container as it was', async () => {
    const container = await suite.idle()
    const cases = [
      [{ args: ['absent'] }, 'EXECD_PROGRAM_NOT_FOUND'],
      [{ args: ['/etc/passwd'] }, 'EXECD_PROGRAM_NOT_EXECUTABLE'],
      [script('true', { user: 'zoe' }), 'EXECD_USER_NOT_FOUND'],
      [script('true', { cwd: '/absent' }), 'EXECD_WORKING_DIRECTORY'],
      [script('true', { apparmorProfile: 'absent' }), /EXECD_(UNSUPPORTED|SECURITY_MODULE)/],
    ] as const
    for (const [process, code] of cases) {
      const error = await failure(container.exec({ ...process, args: [...process.args] }))
      if (typeof code === 'string') expect(error.code).toBe(code)
      else expect(error.code).toMatch(code)
      expect(suite.execGroups()).toEqual([])
    }
    expect((await exec(container, 'echo fine')).stdout).toBe('fine\n')
  })

  test('many at once', async () => {
    const container = await suite.idle()
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => exec(container, `echo ${index}; exit ${index}`)),
    )
    expect(all.map(({ stdout, verdict }) => `${verdict.exitCode} ${stdout.trim()}`)).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index} ${index}`),
    )
    expect(suite.execGroups()).toEqual([])
  })
})
