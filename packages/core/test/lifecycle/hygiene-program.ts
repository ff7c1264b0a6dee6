// Run by hygiene.test.ts as a process of its own: whatever it should not do shows in its exit code or its output.
import { createRuntime, ExecdError } from '@execd/core'
import { NoopDriver } from '@execd/core/driver'

process.on('warning', (warning) => {
  process.stdout.write(`warning: ${warning.name} ${warning.message}\n`)
})

const pretend = ({ args }: { args: string[] }) =>
  args[0] === 'forever'
    ? { runs: Number.POSITIVE_INFINITY }
    : args[0] === 'broken'
      ? { startError: new Error('x') }
      : { exitCode: 1 }

/** Cannot kill while it is weak. */
class Weak extends NoopDriver {
  weak = true
  override async terminate(id: string) {
    if (this.weak) throw new ExecdError('EXECD_PERMISSION', 'no')
    return super.terminate(id)
  }
}

const command = (act: string) => ({ rootfs: { type: 'host' as const }, process: { args: [act] } })

const scenes: Record<string, () => Promise<void>> = {
  /** Containers that end badly and that nobody waits for. */
  async forgotten() {
    const runtime = await createRuntime({ driver: new NoopDriver({ pretend }) })
    await runtime.start(command('ends'))
    await runtime.start(command('forever'), { timeout: 100 })
    await runtime.start(command('forever'), { detached: true })
    const container = await runtime.start(command('forever'))
    await container.exec({ args: ['forever'] }, { timeout: 100 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await runtime.close()
  },
  /** A kill that fails, and nobody asks. */
  async weak() {
    const driver = new Weak({ pretend })
    const runtime = await createRuntime({ driver })
    await runtime.start(command('forever'), { timeout: 100 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    driver.weak = false
    await runtime.close()
  },
  /** Many at once over one signal, and again over another one. */
  async many() {
    const runtime = await createRuntime({ driver: new NoopDriver({ pretend }) })
    const { signal } = new AbortController()
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        Array.from({ length: 50 }, () => runtime.run(command('ends'), { signal, timeout: '1h', input: 'x' })),
      )
    }
    await Promise.allSettled(
      Array.from({ length: 50 }, () => runtime.run(command('broken'), { signal, timeout: '1h' })),
    )
    const container = await runtime.start(command('forever'))
    const sampling = (async () => {
      for await (const _ of container.stats({ interval: '1h' }));
    })()
    for (let count = 0; count < 50; count++) await container.exec({ args: ['ends'] }, { signal })
    await container.terminate()
    await sampling
    await runtime.close()
  },
  /** Not closed at all: with nothing running there is nothing that keeps the process. */
  async unclosed() {
    const runtime = await createRuntime({ driver: new NoopDriver({ pretend }) })
    await runtime.run(command('ends'), { timeout: '1h', signal: new AbortController().signal })
  },
  /** A listener that throws is the caller's uncaught exception, and stops neither the run nor other listeners. */
  async listener() {
    process.on('uncaughtException', (error) => process.stdout.write(`uncaught: ${error.message}\n`))
    const runtime = await createRuntime({ driver: new NoopDriver({ pretend }) })
    runtime.on('start', () => {
      throw new Error('from a listener')
    })
    runtime.on('start', () => process.stdout.write('the other one\n'))
    const { exitCode } = await runtime.run(command('ends'))
    process.stdout.write(`exit ${exitCode}\n`)
    await runtime.close()
  },
}

await scenes[process.argv[2] ?? '']?.()
process.stdout.write('done\n')
