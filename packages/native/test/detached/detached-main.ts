import { type CommandInput, createRuntime, type ProcessInput, type StartOptions } from '@execd/core'
import { native } from '@execd/native'

/** What a process of these tests is to do. */
export interface Work {
  readonly stateDir: string
  readonly cgroupParent?: string
  /** Containers to start, detached. */
  readonly start?: readonly { readonly command: CommandInput; readonly options?: StartOptions }[]
  /** Ids to recover; null: all. */
  readonly recover?: readonly string[] | null
  /** An ordinary container, and its owner's life, beside it. */
  readonly attached?: CommandInput
  /** One more process in a container that was recovered. */
  readonly exec?: { readonly id: string; readonly process: ProcessInput }
}

/** Starts and recovers as told, prints a line of JSON for each thing that it has, and waits for its death. */
async function main({ stateDir, cgroupParent, start = [], recover, attached, exec }: Work): Promise<void> {
  const options = cgroupParent === undefined ? { stateDir } : { stateDir, cgroupParent }
  const runtime = await createRuntime({ driver: native(options) })
  const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`)
  process.stdin.resume().once('end', () => process.exit(0))
  say({ ready: true })
  if (recover !== undefined) {
    const found = await runtime.recover(recover === null ? {} : { ids: recover })
    say({ recovered: found.map(({ id }) => id) })
  }
  if (attached !== undefined) {
    const { id, pid } = await runtime.start(attached, { stdio: 'ignore' })
    say({ attached: id, pid })
  }
  if (exec !== undefined) {
    const execution = await runtime.get(exec.id)?.exec(exec.process, { stdio: 'ignore' })
    say({ exec: execution?.pid })
  }
  for (const { command, options } of start) {
    const { id, pid } = await runtime.start(command, { ...options, detached: true })
    say({ id, pid })
  }
  say({ done: true })
}

await main(JSON.parse(process.argv[2] ?? '{}') as Work)
