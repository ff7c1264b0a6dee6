import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { textOf } from './streams.js'

interface NodeOptions {
  /** Program and arguments that are run first and then run node. */
  readonly before?: readonly string[]
  /** Supplementary groups of the process. */
  readonly groups?: readonly number[]
}

/** Runs a script of this folder's parent in a Node of its own and gives what it printed, as JSON. */
export async function runNode(
  script: string,
  args: readonly string[],
  options: NodeOptions = {},
): Promise<unknown> {
  const groups = options.groups === undefined ? [] : ['setpriv', `--groups=${options.groups.join(',')}`]
  const node = [process.execPath, fileURLToPath(new URL(`../${script}`, import.meta.url)), ...args]
  const [program = '', ...rest] = [...(options.before ?? []), ...groups, ...node]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)),
  ])
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}
