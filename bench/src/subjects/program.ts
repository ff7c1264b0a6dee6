import { type ChildProcess, spawn } from 'node:child_process'

/** What a program printed and how it ended. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Resolves when a child has ended and its output was read to the end; rejects when it could not be started. With `ownStdout` the caller reads that, and it
 * is not collected.
 */
export function finish(child: ChildProcess, { ownStdout = false } = {}): Promise<Finished> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  if (!ownStdout) child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) })
    })
  })
}

/** Runs a program to its end without input. */
export function call(program: string, args: readonly string[]): Promise<Finished> {
  return finish(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** As `call`; throws what the program said when it did not exit with 0. */
export async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await call(program, args)
  if (code === 0) return stdout
  throw new Error(complaint(code, `${stderr}${stdout}`))
}

/** How a program failed, in one line. */
export function complaint(code: number | null, output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return `exit status ${code ?? 'none (a signal)'}${lines.length === 0 ? '' : `: ${lines.at(-1)?.trim()}`}`
}
