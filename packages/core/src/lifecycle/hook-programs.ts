import { spawn } from 'node:child_process'
import type { Command } from '../command/command.js'
import type { HookState } from '../contract/driver.js'
import { ExecdError, messageOf } from '../errors/execd-error.js'
import { startTimer } from '../util/deadline.js'
import { onAbort } from '../util/on-abort.js'
import { decodeTail, Tail } from './output.js'

export type HookProgram = Command['hooks']['prestart'][number]

/** The version of the OCI runtime specification that the state of hook programs follows. */
const OCI_VERSION = '1.2.0'
const STDERR_KEPT = 2048
/** How long after its end what the program wrote is waited for: a child that it left behind may hold the pipe open. */
const DRAIN = 100

/** The state as OCI hooks read it from stdin. There is no bundle. Pure. */
export function ociState(state: HookState, command: Command): string {
  return JSON.stringify({ ociVersion: OCI_VERSION, ...state, annotations: command.labels })
}

/** Runs programs of the host one after the other, `input` on their stdin. Rejects with EXECD_HOOK_FAILED at the first that fails; `signal` kills it. */
export async function runHookPrograms(
  phase: string,
  programs: readonly HookProgram[],
  input: string,
  signal?: AbortSignal,
): Promise<void> {
  for (const program of programs) {
    if (signal?.aborted) throw new ExecdError('EXECD_ABORTED', `the start was given up during ${phase}`)
    await runHookProgram(phase, program, input, signal)
  }
}

function runHookProgram(
  phase: string,
  program: HookProgram,
  input: string,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const [argv0 = program.path, ...args] = program.args
    // A process group of its own, so that the timeout reaches its children.
    const child = spawn(program.path, args, {
      argv0,
      env: { ...program.env },
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const stderr = new Tail(STDERR_KEPT)
    let killedBy: string | null = null
    const kill = (why: string): void => {
      killedBy ??= why
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // ESRCH: it has ended.
      }
    }
    const late = `it did not end within ${program.timeout} ms`
    const releases = [startTimer(program.timeout, () => kill(late))]
    if (signal !== undefined) releases.push(onAbort(signal, () => kill('the start was given up')))
    const ended = (): void => {
      for (const release of releases) release()
    }
    const finish = (error: ExecdError | null): void => {
      ended()
      child.stderr.destroy()
      if (error === null) resolve()
      else reject(error)
    }
    const fail = (why: string, cause?: unknown): ExecdError => {
      const { text } = decodeTail(stderr.take())
      const words = text.trim() === '' ? '' : `: ${text.trim()}`
      const details = { step: phase, program: program.path }
      return new ExecdError('EXECD_HOOK_FAILED', `${phase} hook ${program.path} failed: ${why}${words}`, {
        details,
        cause,
      })
    }
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.stderr.on('data', (chunk: Buffer) => stderr.write(chunk))
    child.once('error', (error) => finish(fail(messageOf(error), error)))
    child.once('exit', (code, killer) => {
      // Its process id may be another's from now on.
      ended()
      const report = (): void => {
        if (killedBy !== null) finish(fail(killedBy))
        else finish(code === 0 ? null : fail(killer === null ? `exit code ${code}` : `signal ${killer}`))
      }
      const late = setTimeout(report, DRAIN)
      child.once('close', () => {
        clearTimeout(late)
        report()
      })
    })
  })
}
