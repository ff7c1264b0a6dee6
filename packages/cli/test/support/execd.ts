import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const BIN = fileURLToPath(new URL('../../bin/execd.mjs', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Called with the process when it has written something to stdout. */
  readonly onOutput?: (kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs the command line, and gives what it wrote and its exit status. */
export async function execd(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { NO_COLOR, EXECD_DRIVER, EXECD_DRIVER_OPTIONS, ...clean } = process.env
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...clean, ...options.env },
    stdio: 'pipe',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdout.once('data', () => options.onOutput?.((signal) => child.kill(signal)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}
