import { type CommandInput, createRuntime, type StartOptions } from '@execd/core'
import type { DriverPlugin } from '@execd/core/driver'

/** A process of its own that starts a detached container, tells its process id, and waits to be killed. */
async function main(): Promise<void> {
  const work = JSON.parse(process.argv[2] ?? '{}') as {
    readonly module: string
    readonly options: unknown
    readonly command: CommandInput
    readonly start: StartOptions
  }
  const loaded = (await import(work.module)) as { default: DriverPlugin }
  const runtime = await createRuntime({ driver: loaded.default, driverOptions: work.options })
  const container = await runtime.start(work.command, work.start)
  process.stdout.write(`${container.pid}\n`)
  setInterval(() => {}, 60_000)
}

void main()
