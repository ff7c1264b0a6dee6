import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Container, createRuntime, ExecdError, type Execution } from '@execd/core'
import { makeRootfs } from './rootfs.js'

const MIB = 1024 ** 2
/** For the shutdown, which ends the container only. lxc-attach gives a command the same. */
const capabilities = { add: ['SYS_BOOT'] }

const textOf = ({ stdout }: Execution) => (stdout === null ? Promise.resolve('') : text(stdout))

/** What a command in the container prints. */
async function output(container: Container, ...args: string[]): Promise<string> {
  const execution = await container.exec({ args, capabilities })
  return (await textOf(execution)).trim()
}

/** The page of the web server inside; the network is the container's own, so it is asked from inside. */
const page = (container: Container) => output(container, 'wget', '-q', '-O', '-', 'http://127.0.0.1/clock')

async function untilServed(container: Container): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await page(container)
    if (found !== '') return found
    await sleep(50)
  }
  throw new Error('the web server did not come up')
}

const pidOf = (container: Container, name: string) => output(container, 'pidof', name)

async function show(container: Container): Promise<void> {
  console.log(`started: process ${container.pid} of this host is process 1 there`)
  console.log(`serves: ${await untilServed(container)}`)

  // a service that dies is started again by the init
  const before = await pidOf(container, 'httpd')
  await output(container, 'kill', '-KILL', before)
  await untilServed(container)
  console.log(
    `respawned: httpd was process ${before}, and is another: ${before !== (await pidOf(container, 'httpd'))}`,
  )

  // attached to: a shell with a terminal, as "lxc-attach" gives it
  const shell = await container.exec({
    args: ['sh'],
    terminal: true,
    capabilities,
    consoleSize: { height: 30, width: 100 },
  })
  const screen = textOf(shell)
  shell.stdin?.write('stty size; tty; exit\n')
  await shell.wait()
  console.log(
    `attached: ${(await screen).match(/30 100/)?.[0]} characters on ${(await screen).match(/\/dev\/pts\/\d+/)?.[0]}`,
  )

  await container.pause()
  const [first, second] = [await container.pids(), await sleep(300).then(() => container.status)]
  console.log(`paused: ${first.length} processes are ${second}`)
  await container.unpause()

  await container.update({ memory: { limit: '48MiB' }, pids: { limit: 40 } })
  const sample = await container.stats()
  console.log(
    `updated: ${sample.memory?.limit === 48 * MIB ? '48 MiB' : '?'} of memory, ${sample.pids?.limit} processes at most`,
  )

  // SIGUSR2 is "power off" for busybox's init; the kernel tells it as SIGINT of process 1 (reboot(2))
  await container.kill('SIGUSR2')
  const { reason, signal, cleanup } = await container.wait()
  console.log(`stopped: ${reason} by ${signal}, ${cleanup.length} things left behind`)
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'execd-system-container-'))
  const runtime = await createRuntime({ driver: 'lxc' })
  try {
    makeRootfs(join(folder, 'rootfs'))
    const container = await runtime.start(
      {
        hostname: 'little-machine',
        rootfs: join(folder, 'rootfs'),
        process: { args: ['/sbin/init'], capabilities },
        resources: { memory: { limit: '64MiB' }, cpu: { cpus: 0.5 }, pids: { limit: 64 } },
      },
      { stdio: { stdin: 'ignore', stdout: 'inherit', stderr: 'ignore' } },
    )
    await show(container)
  } finally {
    await runtime.close()
    rmSync(folder, { recursive: true })
  }
}

main().catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
