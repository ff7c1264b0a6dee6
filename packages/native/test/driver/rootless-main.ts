import { readFileSync } from 'node:fs'
import {
  type CommandInput,
  type Container,
  createRuntime,
  ExecdError,
  type RunOptions,
  type Runtime,
} from '@execd/core'
import { native } from '@execd/native'
import { sleepers } from './support/host-state.js'
import { until } from './support/until.js'

type Part = Partial<Omit<CommandInput, 'process'>> & { process?: Partial<CommandInput['process']> }

/** What a command did, or the error in its way. */
async function outcome(
  runtime: Runtime,
  command: CommandInput,
  options: RunOptions & { encoding?: 'utf8' } = {},
): Promise<Record<string, unknown>> {
  try {
    const { stdout, stderr, reason, exitCode, signal, cleanup } = await runtime.run(command, options)
    return { stdout, stderr, reason, exitCode, signal, cleanup }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    const { code, message, hint, details } = error
    return { code, message, hint, path: details.path }
  }
}

async function text(stream: AsyncIterable<unknown> | null): Promise<string> {
  let all = ''
  for await (const chunk of stream ?? []) all += String(chunk)
  return all
}

async function execOutcome(container: Container): Promise<unknown> {
  const execution = await container.exec({
    args: ['sh', '-c', 'echo $MINE $PWD; id -u; exit 9'],
    env: { MINE: 'x' },
    cwd: '/home',
    user: '0',
  })
  const stdout = await text(execution.stdout)
  return { stdout, exitCode: (await execution.wait()).exitCode }
}

/** How many processes of an exec live on after its end was told. */
async function execTree(container: Container, mark: string): Promise<number> {
  const script = `(setsid sleep ${mark} &); sleep ${mark} & sleep ${mark} & wait`
  const execution = await container.exec({ args: ['sh', '-c', script] })
  await until('the tree is there', () => sleepers(mark).length === 3)
  await execution.terminate()
  return sleepers(mark).length
}

/** A tree that leaves the session and its parents, in an exec: ended by its command's end, by a signal, and with all of it. */
async function execTrees(container: Container, time: string): Promise<unknown> {
  const tree = (end: string) => ({
    args: [
      'sh',
      '-c',
      `(setsid sleep ${time} &); (setsid sh -c "trap '' TERM; (sleep ${time} &); sleep ${time}" &); echo up; ${end}`,
    ],
  })
  const ended = await container.exec(tree('sleep 0.1; exit 6'))
  const outcomes: unknown[] = [await ended.wait()]
  for (const end of ['kill', 'terminate', 'timeout'] as const) {
    const execution = await container.exec(tree(`sleep ${time}`), end === 'timeout' ? { timeout: 3000 } : {})
    for await (const chunk of execution.stdout ?? []) if (String(chunk).includes('up')) break
    if (end === 'kill') await execution.kill('SIGKILL')
    if (end === 'terminate') await execution.terminate()
    outcomes.push(await execution.wait())
  }
  const trapped = await container.exec({
    args: ['sh', '-c', 'trap "exit 8" TERM; echo up; while :; do sleep 0.01; done'],
  })
  for await (const chunk of trapped.stdout ?? []) if (String(chunk).includes('up')) break
  await trapped.kill('SIGTERM')
  outcomes.push(await trapped.wait())
  const lost = await container.exec(tree(`sleep ${time}`))
  for await (const chunk of lost.stdout ?? []) if (String(chunk).includes('up')) break
  const monitor = /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${lost.pid}/status`, 'utf8'))?.[1]
  process.kill(Number(monitor), 'SIGKILL')
  outcomes.push(await lost.wait())
  return outcomes
}

/** Runs containers as whoever runs this and prints what came of each, as JSON. */
async function main(rootfs: string, mark: string): Promise<void> {
  const runtime = await createRuntime({ driver: native() })
  const sh = (script: string, part: Part = {}, options: RunOptions & { encoding?: 'utf8' } = {}) =>
    outcome(runtime, { rootfs, ...part, process: { args: ['sh', '-c', script], ...part.process } }, options)
  const answers: Record<string, unknown> = {}
  const { fields, verbs } = await runtime.capabilities()
  answers.refused = Object.fromEntries(
    Object.entries({ ...fields, ...verbs }).filter(([, support]) => support !== true),
  )
  answers.usable = (await runtime.probe()).usable
  answers.root = await sh('id -u; id -g; touch /data/x && stat -c %u /data/x; cat /proc/self/uid_map')
  answers.user = await sh('id -u; id -G; touch /tmp/u && stat -c %u:%g /tmp/u', { process: { user: 'ann' } })
  answers.status = await sh(
    'grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status | tr -d "\\t"; echo /proc/self/fd/*',
  )
  answers.namespaces = await sh(
    'hostname; ls /sys/class/net; ls /proc | grep -c "^[0-9]"; ls /dev | tr "\\n" " "',
    { hostname: 'mine' },
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
  answers.overlay = await sh('echo new >/data/o && cat /data/o; rm /etc/group && ls /etc', {
    rootfs: { type: 'overlay', lower: rootfs },
  })
  answers.after = await sh('ls /data /etc')
  answers.host = await sh(
    'id -u; touch /tmp/fine && echo fine; cat /etc/shadow; ls -A /root /home; touch /etc/x',
    { rootfs: { type: 'host' } },
  )
  answers.hostNetwork = await sh('ls /sys/class/net | wc -l', { network: { mode: 'host' } })
  answers.rlimits = await sh('ulimit -n', { process: { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 40 }] } })
  answers.timeout = await sh(`(setsid sleep ${mark} &); sleep ${mark}`, {}, { timeout: 3000 })
  answers.input = await sh('cat', {}, { input: 'through' })
  answers.init = await sh('(sleep 0.01 &); echo $$; cat /proc/1/comm; exit 5', { init: true })
  answers.terminal = await sh('tty; stty size; echo x >/dev/tty', {
    process: { terminal: true, consoleSize: { height: 12, width: 34 } },
  })
  answers.terminalOfOne = await sh('id -u', { rootfs: { type: 'host' }, process: { terminal: true } })
  answers.memory = await sh('true', { resources: { memory: { limit: '32MiB' } } })
  answers.hostPid = await sh('true', { namespaces: { pid: 'host' } })
  answers.device = await sh('true', { devices: { allowed: [{ type: 'c', major: 1, minor: 1 }] } })
  answers.notMapped = await sh('true', { process: { user: '4000000' } })
  answers.foreignMap = await sh('true', {
    namespaces: {
      uidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
    },
  })
  answers.notFound = await sh('true', { process: { cwd: '/absent' } })
  answers.setuid = await sh("/suid/su root -c 'id -u'", { process: { user: 'ann' } })
  const container = await runtime.start({ rootfs, process: { args: ['sleep', mark] } }, { stdio: 'ignore' })
  answers.exec = await execOutcome(container)
  answers.execTrees = await execTrees(container, `7${mark}`)
  answers.pids = {
    count: (await container.pids()).length,
    own: (await container.pids()).includes(container.pid),
  }
  answers.execTree = { left: await execTree(container, `${mark}.5`), status: container.status }
  answers.terminated = (await container.terminate()).signal
  await runtime.close()
  process.stdout.write(JSON.stringify(answers))
}

const [rootfs = '', mark = ''] = process.argv.slice(2)
await main(rootfs, mark)
