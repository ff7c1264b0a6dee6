import { spawn } from 'node:child_process'
import { closed } from '@execd/test-support'

/** How a program ended, and what it printed. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end without holding up this process, which serves packages meanwhile. */
export async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const child = spawn(...closed(program, args), {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  })
  const [out, err] = [[] as Buffer[], [] as Buffer[]]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject)
  })
  return { status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}

/** As `run`, for what must succeed: gives what it printed. */
export async function must(
  cwd: string,
  program: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<string> {
  const { status, stdout, stderr } = await run(cwd, program, args, env)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return stdout
}
