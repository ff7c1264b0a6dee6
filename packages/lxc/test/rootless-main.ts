import { type CommandInput, createRuntime, ExecdError, type RunOptions, type Runtime } from '@execd/core'
import { lxc } from '@execd/lxc'

type Part = Partial<Omit<CommandInput, 'process'>> & { process?: Partial<CommandInput['process']> }

/** What a command did, or the error in its way. */
async function outcome(
  runtime: Runtime,
  command: CommandInput,
  options: RunOptions & { encoding?: 'utf8' } = {},
): Promise<Record<string, unknown>> {
  try {
    const { stdout, stderr, reason, exitCode, signal, cleanup, oom } = await runtime.run(command, options)
    return { stdout, stderr, reason, exitCode, signal, cleanup, oom }
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): Record<string, unknown> {
  if (!ExecdError.is(error)) throw error
  const { code, message, hint, details } = error
  return { code, message, hint, path: details.path, log: details.log }
}

async function text(stream: AsyncIterable<unknown> | null): Promise<string> {
  let all = ''
  for await (const chunk of stream ?? []) all += String(chunk)
  return all
}

/** Each verb on a container that runs. */
async function verbs(runtime: Runtime, rootfs: string): Promise<Record<string, unknown>> {
  const container = await runtime.start(
    { rootfs, process: { args: ['sleep', '1000'] }, resources: { memory: { limit: '64MiB' } } },
    { stdio: 'ignore' },
  )
  const execution = await container.exec({
    args: ['sh', '-c', 'echo $MINE $PWD; id -u; echo x >/dev/stderr; exit 9'],
    env: { MINE: 'x' },
    cwd: '/tmp',
    user: '1000:1001',
  })
  const [stdout, stderr] = await Promise.all([text(execution.stdout), text(execution.stderr)])
  const exec = { stdout, stderr, exitCode: (await execution.wait()).exitCode }
  const pids = await container.pids()
  const stats = await container.stats()
  await container.update({ memory: { limit: '48MiB' } })
  const updated = (await container.stats()).memory?.limit
  await container.pause()
  const paused = container.status
  await container.unpause()
  const killed = await container.exec({ args: ['sleep', '1000'] }, { stdio: 'ignore' })
  await killed.kill('SIGTERM')
  const execEnd = (await killed.wait()).signal
  await container.kill('SIGKILL')
  const end = await container.wait()
  return {
    exec,
    pids: pids.length,
    limit: stats.memory?.limit,
    updated,
    paused,
    execEnd,
    end: { signal: end.signal, cleanup: end.cleanup },
  }
}

/** An exec of a program that may be executed and not read. */
async function unreadable(runtime: Runtime, rootfs: string): Promise<unknown> {
  const container = await runtime.start({ rootfs, process: { args: ['sleep', '1000'] } }, { stdio: 'ignore' })
  const script = 'cp /bin/busybox /tmp/busybox-hidden && chmod 711 /tmp/busybox-hidden'
  await (await container.exec({ args: ['sh', '-c', script] }, { stdio: 'ignore' })).wait()
  const execution = await container.exec({
    args: ['/tmp/busybox-hidden', 'sh', '-c', 'echo x; exit 3'],
    user: '1000:1001',
  })
  const stdout = await text(execution.stdout)
  const { exitCode } = await execution.wait()
  await container.terminate()
  return { stdout, exitCode }
}

/** A detached container, taken over by another driver. */
async function detached(runtime: Runtime, rootfs: string): Promise<unknown> {
  const container = await runtime.start(
    { id: 'kept', rootfs, process: { args: ['sh', '-c', 'sleep 0.3; exit 6'] } },
    { detached: true, stdio: 'ignore' },
  )
  await runtime.close()
  const next = await createRuntime({ driver: lxc() })
  const [found] = await next.recover({ ids: [container.id] })
  const end = await found?.wait()
  await next.close()
  return { exitCode: end?.exitCode, cleanup: end?.cleanup }
}

/** What the host allows, and what comes of a container where it does not. */
async function allowed(runtime: Runtime, rootfs: string): Promise<Record<string, unknown>> {
  return {
    probe: await runtime.probe(),
    run: await outcome(runtime, { rootfs, process: { args: ['true'] } }),
    fields: Object.fromEntries(
      Object.entries((await runtime.capabilities()).fields).filter(([, support]) => support !== true),
    ),
  }
}

/** Runs containers as whoever runs this and prints what came of each, as JSON. */
async function main(rootfs: string): Promise<void> {
  const runtime = await createRuntime({ driver: lxc() })
  const sh = (script: string, part: Part = {}, options: RunOptions & { encoding?: 'utf8' } = {}) =>
    outcome(runtime, { rootfs, ...part, process: { args: ['sh', '-c', script], ...part.process } }, options)
  const answers: Record<string, unknown> = {}
  const { fields, verbs: supported } = await runtime.capabilities()
  answers.refused = Object.fromEntries(
    Object.entries({ ...fields, ...supported }).filter(([, support]) => support !== true),
  )
  answers.probe = await runtime.probe()
  answers.root = await sh('id -u; id -g; touch /data/x && stat -c %u /data/x; cat /proc/self/uid_map; exit 7')
  answers.user = await sh('id -u; id -G; touch /tmp/u && stat -c %u:%g /tmp/u; echo again >/dev/stderr', {
    process: { user: '1000:1001' },
  })
  answers.status = await sh(
    'grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status | tr -d "\\t"; echo /proc/self/fd/*',
  )
  answers.namespaces = await sh(
    'hostname; ls /sys/class/net; ls /proc | grep -c "^[0-9]"; ls /dev | tr "\\n" " "',
    {
      hostname: 'mine',
    },
  )
  answers.mounts = await sh('touch /data/b/x; touch /data/t/x && echo tmpfs; mount -t tmpfs x /tmp', {
    mounts: [
      { type: 'bind', source: rootfs, destination: '/data/b', options: ['ro'] },
      { type: 'tmpfs', destination: '/data/t' },
    ],
  })
  answers.masked = await sh(
    'cat /proc/keys /proc/timer_list | wc -c; echo x >/proc/sys/kernel/hostname; touch /sys/x',
  )
  answers.readonly = await sh('touch /x; echo $?', {
    rootfs: { type: 'directory', path: rootfs, readonly: true },
  })
  answers.overlay = await sh('echo new >/data/o && cat /data/o; rm -r /etc && mkdir /etc && ls /etc', {
    rootfs: { type: 'overlay', lower: rootfs },
  })
  answers.after = await sh('ls /data /etc')
  answers.hostNetwork = await sh('ls /sys/class/net | wc -l', { network: { mode: 'host' } })
  answers.sysctl = await sh('cat /proc/sys/net/ipv4/ip_forward', { sysctl: { 'net.ipv4.ip_forward': '1' } })
  answers.rlimits = await sh('ulimit -n', { process: { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 77 }] } })
  answers.timeout = await sh('(setsid sleep 1000 &); sleep 1000', {}, { timeout: 3000 })
  answers.input = await sh('cat', {}, { input: 'through' })
  answers.init = await sh('(sleep 0.01 &); echo $$; exit 5', { init: true })
  answers.terminal = await sh('tty; stty size; echo x >/dev/tty', {
    process: { terminal: true, consoleSize: { height: 12, width: 34 } },
  })
  answers.limits = await sh('cat /proc/self/cgroup | grep -c .', {
    resources: { memory: { limit: '32MiB' }, cpu: { cpus: 0.5 }, pids: { limit: 20 } },
  })
  answers.memory = await sh('x=a; while :; do x=$x$x; done', { resources: { memory: { limit: '16MiB' } } })
  answers.maps = await sh('cat /proc/self/uid_map', {
    namespaces: {
      uidMappings: [{ containerID: 0, hostID: process.geteuid?.() ?? 0, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: process.getegid?.() ?? 0, size: 1 }],
    },
  })
  answers.hostPid = await sh('true', { namespaces: { pid: 'host' } })
  answers.device = await sh('true', { devices: { allowed: [{ type: 'c', major: 1, minor: 1 }] } })
  answers.notMapped = await sh('true', { process: { user: '4000000' } })
  answers.foreignMap = await sh('true', {
    namespaces: {
      uidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
    },
  })
  answers.groups = await sh('true', { process: { user: 'bob' } })
  answers.notFound = await sh('true', { process: { cwd: '/absent' } })
  answers.verbs = await verbs(runtime, rootfs).catch((error: unknown) => ({ failed: failed(error) }))
  answers.unreadable = await unreadable(runtime, rootfs).catch((error: unknown) => ({
    failed: failed(error),
  }))
  answers.detached = await detached(runtime, rootfs).catch((error: unknown) => ({ failed: failed(error) }))
  process.stdout.write(JSON.stringify(answers))
}

const [rootfs = '', only, toolPath] = process.argv.slice(2)
if (only === undefined) await main(rootfs)
else {
  const runtime = await createRuntime({ driver: lxc(toolPath === undefined ? {} : { toolPath }) })
  process.stdout.write(JSON.stringify(await allowed(runtime, rootfs)))
  await runtime.close()
}
