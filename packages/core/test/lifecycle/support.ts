import {
  type CommandInput,
  createRuntime,
  type ErrorCode,
  ExecdError,
  type HookState,
  type Runtime,
} from '@execd/core'
import { NoopDriver, type NoopOptions, type Pretence } from '@execd/core/driver'
import { afterEach } from '@jest/globals'

const runtimes: Runtime[] = []

afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()))
})

/** A runtime over a no-op driver that is closed after the test. Processes do what is named by their first argument. */
export async function runtimeOf(acts: Record<string, Pretence>, options: NoopOptions = {}): Promise<Runtime> {
  const pretend = ({ args }: { args: string[] }): Pretence => acts[args[0] ?? ''] ?? {}
  const runtime = await createRuntime({ driver: new NoopDriver({ pretend, ...options }) })
  runtimes.push(runtime)
  return runtime
}

/** A command of these arguments. */
export function command(act: string, more: Omit<Partial<CommandInput>, 'process'> = {}): CommandInput {
  return { rootfs: { type: 'host' }, process: { args: [act] }, ...more }
}

/** What a promise rejects with, as an error of execd with this code. */
export async function rejection(code: ErrorCode, promise: PromiseLike<unknown>): Promise<ExecdError> {
  let error: unknown
  try {
    await promise
  } catch (caught) {
    error = caught
  }
  if (ExecdError.is(error, code)) return error
  throw new Error(`wanted a rejection with ${code}, got ${String(error)}`)
}

export const FOREVER: Pretence = { runs: Number.POSITIVE_INFINITY }

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Hooks that note when they are called. */
export function notingHooks(notes: string[]) {
  const note = (name: string) => (state: HookState) => void notes.push(`${name} ${state.status}`)
  return { prestart: note('prestart'), poststart: note('poststart'), poststop: note('poststop') }
}
