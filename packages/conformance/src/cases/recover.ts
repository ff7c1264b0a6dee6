import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Container, Runtime } from '@execd/core'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { present, same } from '../expect.js'
import { alive, identify, killAll } from '../host/processes.js'
import { until } from '../host/wait.js'

const needs = { verbs: ['detach', 'recover'] } as const

/** A detached container that waits for a file, then ends with 7. */
function waiting({ start, scratch, after }: CaseContext, id: string) {
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

async function recovered(runtime: Runtime, id: string): Promise<Container> {
  const found = (await runtime.recover({ ids: [id] })).find((container) => container.id === id)
  return present(found, `container ${id} in what was recovered`)
}

/** Detached containers. */
export const recoverCases: readonly Case[] = [
  {
    id: 'recover.handed-over',
    title: 'a detached container goes on when its runtime is closed, and the next one finds and owns it',
    needs,
    async run(context) {
      const { runtime, another } = context
      const container = await waiting(context, 'kit-handed').start()
      const process = present(identify(container.pid), 'the process')
      await runtime.close()
      same(alive([process]).length, 1, 'processes that live')
      const next = await another()
      const again = await recovered(next.runtime, 'kit-handed')
      same([again.pid, again.status], [process.pid, 'running'], 'what was recovered')
      await again.kill('SIGUSR1')
      const { reason, exitCode } = await again.wait()
      same([reason, exitCode], ['exited', 7], 'the verdict')
      same(
        (await next.runtime.recover({ ids: ['kit-handed'] })).map(({ id }) => id),
        [],
        'a second time',
      )
    },
  },
  {
    id: 'recover.ended',
    title: 'the verdict of a detached container that ended while nobody owned it is kept',
    needs,
    async run(context) {
      const { runtime, another } = context
      const container = await waiting(context, 'kit-kept').start()
      const process = present(identify(container.pid), 'the process')
      await runtime.close()
      globalThis.process.kill(process.pid, 'SIGUSR1')
      await until('the end of the program', () => alive([process]).length === 0)
      const next = await another()
      const { reason, exitCode } = await (await recovered(next.runtime, 'kit-kept')).wait()
      same([reason, exitCode], ['exited', 7], 'the verdict')
    },
  },
  {
    id: 'recover.owned',
    title: 'what a living runtime owns is not given to another one',
    needs,
    async run(context) {
      const { another } = context
      const container = await waiting(context, 'kit-owned').start()
      const other = await another()
      same(
        (await other.runtime.recover({ ids: ['kit-owned'] })).map(({ id }) => id),
        [],
        'recovered',
      )
      assert.equal(container.status, 'running')
      await container.terminate()
    },
  },
  {
    id: 'recover.killed-owner',
    title: 'a detached container outlives a process that was killed, and can be recovered and ended',
    needs,
    async run(context) {
      const { options, another, command, skip, after } = context
      const module = String(present(options.module, 'the option `module`, which this case needs,'))
      const { script, stdio, output } = waiting(context, 'kit-orphan')
      const work = {
        module,
        options: options.moduleOptions,
        command: command(script, { id: 'kit-orphan' }),
        start: { detached: true, stdio, skipUnsupported: skip },
      }
      const owner = spawn(
        process.execPath,
        [fileURLToPath(new URL('./recover-owner.js', import.meta.url)), JSON.stringify(work)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      after(() => owner.kill('SIGKILL'))
      let pid = ''
      owner.stdout.on('data', (chunk) => {
        pid += String(chunk)
      })
      await until(
        'the start in the other process',
        () => pid.endsWith('\n') && output().includes('ready'),
        15_000,
      )
      const program = present(identify(Number(pid)), 'the program')
      after(() => killAll([program]))
      const gone = new Promise((resolve) => owner.once('close', resolve))
      owner.kill('SIGKILL')
      await gone
      same(alive([program]).length, 1, 'processes that live')
      const next = await another()
      const again = await recovered(next.runtime, 'kit-orphan')
      const { signal } = await again.terminate()
      same([signal, alive([program])], ['SIGKILL', []], 'signal, and what still lives')
    },
  },
]
