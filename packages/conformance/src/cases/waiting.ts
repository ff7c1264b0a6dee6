import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, Runtime } from '@execd/core'
import type { CaseContext } from '../context.js'
import { present } from '../expect.js'
import { identify, killAll } from '../host/processes.js'
import { until } from '../host/wait.js'

/** A detached container that ends with 7 on SIGUSR1. */
export function waiting({ start, scratch, after }: CaseContext, id: string) {
  const folder = scratch()
  const stdio = { stdin: 'ignore', stdout: { file: join(folder, 'out') }, stderr: 'ignore' } as const
  const script = 'trap "exit 7" USR1; echo ready; while :; do sleep 0.05; done'
  return {
    output: () => readFileSync(join(folder, 'out'), 'utf8'),
    script,
    stdio,
    async start(): Promise<Container> {
      const container = await start(script, { id }, { detached: true, stdio })
      const program = identify(container.pid)
      after(() => killAll(program === null ? [] : [program])) // nobody owns a detached program
      await until('the output of the program', () =>
        readFileSync(join(folder, 'out'), 'utf8').includes('ready'),
      )
      return container
    },
  }
}

/** The container of this id, recovered. */
export async function recovered(runtime: Runtime, id: string): Promise<Container> {
  const found = (await runtime.recover({ ids: [id] })).find((container) => container.id === id)
  return present(found, `container ${id} in what was recovered`)
}
