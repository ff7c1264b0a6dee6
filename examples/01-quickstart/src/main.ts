import { createRuntime, ExecdError } from '@execd/core'

// What runs inside: it looks at its own limits, whichever cgroup version the host has.
const script = `
  first() { for f in "$@"; do [ -r "$f" ] && { cat "$f"; return; }; done; echo 'not limited'; }
  echo "hello from process $$ on $(uname -n), user $(id -u)"
  echo "memory limit: $(first /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes)"
  echo "process limit: $(first /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max)"
  echo "network interfaces: $(ls /sys/class/net | tr '\\n' ' ')"
  rm -rf /etc/* 2>/dev/null; echo "scratch" > /tmp/file && echo "written: $(cat /tmp/file)"
`

async function main(): Promise<void> {
  const runtime = await createRuntime({ driver: 'native' })
  try {
    const result = await runtime.run(
      {
        rootfs: { type: 'host' },
        hostname: 'quickstart',
        process: { args: ['sh', '-c', script] },
        resources: { memory: { limit: '64MiB' }, cpu: { cpus: 0.5 }, pids: { limit: 32 } },
      },
      // an ordinary user without a delegated cgroup cannot limit: say so below instead of failing
      { timeout: '10s', maxOutput: '1MiB', skipUnsupported: ['resources'] },
    )
    process.stdout.write(result.stdout)
    process.stderr.write(result.stderr)
    const { reason, exitCode, usage, skipped } = result
    const peak = usage.memory.peak ?? usage.memory.maxRss ?? 0
    console.log(
      `verdict: ${reason} with ${exitCode}, ${usage.wall.toFixed(1)} ms, at most ${(peak / 1024 ** 2).toFixed(1)} MiB`,
    )
    if (skipped.length > 0) console.log(`not enforced here: ${skipped.join(', ')}`)
    process.exitCode = result.ok ? 0 : 1
  } finally {
    await runtime.close()
  }
}

main().catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
