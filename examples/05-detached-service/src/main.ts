import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRuntime, ExecdError, readOutput } from '@execd/core'

const SERVICE =
  "trap 'echo stopping; exit 0' TERM; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done"

/** An id that no other run of this example has. */
const idOf = (folder: string): string => basename(folder)

/** Starts the service and ends: nothing of this process is left to look after it. */
async function start(folder: string): Promise<void> {
  await using runtime = await open(folder)
  const log = join(folder, 'service.log')
  const { id, pid } = await runtime.start(
    { id: idOf(folder), rootfs: { type: 'host' }, process: { args: ['sh', '-c', SERVICE] } },
    { detached: true, stdio: { stdout: { file: log, maxSize: '1MiB', maxFiles: 3 } } },
  )
  console.log(`started ${id}, process ${pid > 0 ? 'running' : 'not running'}`)
}

/** Another process: finds the service, asks it how it is, and stops it. */
async function lookAfter(folder: string): Promise<void> {
  await using runtime = await open(folder)
  const [service] = await runtime.recover({ ids: [idOf(folder)] })
  if (service === undefined) throw new Error('the service is not there')
  console.log(`found ${service.id}, ${service.status}`)
  const check = await service.exec({ args: ['sh', '-c', 'echo checked from process $$'] })
  for await (const chunk of check.stdout ?? []) process.stdout.write(chunk)
  console.log(`check ended with ${(await check.wait()).exitCode}`)
  await service.kill('SIGTERM')
  const { reason, exitCode } = await service.wait()
  console.log(`${reason} with ${exitCode}`)
  let text = ''
  for await (const { data } of readOutput(join(folder, 'service.log'))) text += data
  const lines = text.trim().split('\n')
  console.log(`its output: ${lines[0]} ... ${lines.at(-1)}`)
}

/** Ends what is left, should something have failed. */
async function clear(folder: string): Promise<void> {
  await using runtime = await open(folder)
  for (const left of await runtime.recover()) await left.terminate()
}

function open(folder: string) {
  return createRuntime({ driver: 'native', driverOptions: { stateDir: join(folder, 'state') } })
}

/** Runs this file again with a part to play, as another program would be. */
function play(part: string, folder: string): void {
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), part, folder], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`${part} failed`)
}

async function main([part, given]: readonly string[]): Promise<void> {
  if (part === 'start' && given !== undefined) return start(given)
  if (part === 'look-after' && given !== undefined) return lookAfter(given)
  const folder = mkdtempSync(join(tmpdir(), 'execd-service-'))
  try {
    play('start', folder)
    play('look-after', folder)
  } finally {
    await clear(folder)
    rmSync(folder, { recursive: true })
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
