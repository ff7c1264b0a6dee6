import { type CommandInput, createRuntime, ExecdError } from '@execd/core'
import { bare } from './bare-driver.js'

const SAFE: CommandInput = { rootfs: '/', process: { args: ['sh', '-c', 'echo hello; exit 3'] } }

/** The same, with everything given up that this driver cannot do. */
const GIVEN_UP: CommandInput = {
  ...SAFE,
  namespaces: { pid: 'host', ipc: 'host', uts: 'host', cgroup: 'host' },
  network: { mode: 'host' },
  seccomp: 'unconfined',
  maskedPaths: [],
  readonlyPaths: [],
}

async function main(): Promise<void> {
  await using runtime = await createRuntime({ driver: bare })
  try {
    await runtime.run(SAFE)
  } catch (error) {
    if (!ExecdError.is(error, 'EXECD_UNSUPPORTED')) throw error
    const unsupported = error.details.unsupported as ReadonlyArray<{ readonly key: string }>
    console.log(`refused: ${unsupported.map(({ key }) => key).join(' ')}`)
  }
  const options = { skipUnsupported: ['process'], timeout: '5s' }
  const { stdout, reason, exitCode, skipped } = await runtime.run(GIVEN_UP, options)
  console.log(`${stdout.trim()}: ${reason} with ${exitCode}, without ${skipped.join(' ')}`)
  const late = await runtime.run(
    { ...GIVEN_UP, process: { args: ['sleep', '60'] } },
    { ...options, timeout: '200ms' },
  )
  console.log(`a sleep: ${late.reason}`)
}

main().catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
