import { type CommandInput, createRuntime, ExecdError, type RunResult } from '@execd/core'

/** What hostile code tries, and how it sees that it did not work. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  'read a secret of the host': 'cat /etc/shadow /root/.ssh/* 2>&1 | tail -n 1; ls /home',
  'change the host': 'for f in /etc/passwd /usr/bin/env /bin/sh; do (echo x >>$f) 2>&1; done | tail -n 1',
  'become root': 'su -c id 2>&1 | tail -n 1; id -u',
  'reach the network': 'ls /sys/class/net; cat /proc/net/route | wc -l',
  'see other processes': 'ls /proc | grep -c "^[0-9]"',
  'run for ever': 'while :; do :; done',
  'write without end': 'yes',
  'leave something running': '(setsid sleep 1000 &); echo left',
}

/** Everything that is not said has the safe default: no network, no new privileges, a system call filter, private namespaces, nobody as the user. */
function commandOf(script: string): CommandInput {
  return {
    rootfs: { type: 'host', size: '16MiB' },
    process: { args: ['sh', '-c', script], rlimits: [{ type: 'RLIMIT_CORE', soft: 0 }] },
    resources: { memory: { limit: '64MiB' }, cpu: { cpus: 0.5 }, pids: { limit: 32 } },
  }
}

function lineOf({ reason, exitCode, stdout, truncated }: RunResult): string {
  const cut = truncated.stdout > 0 ? ` (and ${truncated.stdout} bytes before)` : ''
  const text = stdout.trim().replaceAll('\n', ' | ').slice(0, 60)
  return `${reason}${exitCode === null ? '' : ` ${exitCode}`}: ${text}${cut}`
}

async function main(): Promise<void> {
  await using runtime = await createRuntime({ driver: 'native' })
  for (const [what, script] of Object.entries(ATTEMPTS)) {
    const result = await runtime.run(commandOf(script), {
      timeout: '2s',
      maxOutput: '64KiB',
      onOutputLimit: 'kill',
      // an ordinary user without a delegated cgroup has no such limits: time and output still have
      skipUnsupported: ['resources'],
    })
    console.log(`${what.padEnd(26)} ${lineOf(result)}`)
  }
}

main().catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
