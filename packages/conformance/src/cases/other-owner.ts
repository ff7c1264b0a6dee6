import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { StartOptions } from '@execd/core'
import type { CaseContext } from '../context.js'
import { present } from '../expect.js'
import { type Identity, identify, killAll } from '../host/processes.js'
import { until } from '../host/wait.js'

/** A process of its own that has started a container. */
export interface OtherOwner {
  /** The program in its container. */
  readonly program: Identity
  /** SIGKILL to the owner; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts a container in another process, through the module that the kit was told of. Whatever happens, neither is there after the case. */
export async function otherOwner(
  { options, command, skip, after }: CaseContext,
  id: string,
  script: string,
  start: StartOptions,
): Promise<OtherOwner> {
  const module = String(present(options.module, 'the option `module`, which this case needs,'))
  const work = {
    module,
    options: options.moduleOptions,
    command: command(script, { id }),
    start: { ...start, skipUnsupported: skip },
  }
  const main = fileURLToPath(new URL('./recover-owner.js', import.meta.url))
  const owner = spawn(process.execPath, [main, JSON.stringify(work)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => owner.kill('SIGKILL'))
  const gone = new Promise<void>((resolve) => owner.once('close', () => resolve()))
  let pid = ''
  owner.stdout.on('data', (chunk) => {
    pid += String(chunk)
  })
  await until('the start in the other process', () => pid.endsWith('\n'), 15_000)
  const program = present(identify(Number(pid)), 'the program')
  after(() => killAll([program]))
  return {
    program,
    async kill() {
      owner.kill('SIGKILL')
      await gone
    },
  }
}
