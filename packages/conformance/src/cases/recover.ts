import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { present, same } from '../expect.js'
import { alive, identify } from '../host/processes.js'
import { until } from '../host/wait.js'
import { otherOwner } from './other-owner.js'
import { recovered, waiting } from './waiting.js'

const needs = { verbs: ['detach', 'recover'] } as const

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
    id: 'recover.listed',
    title:
      'detached containers are listed with their owner, their state and their end, and nothing changes by that',
    needs,
    async run(context) {
      const { runtime, another } = context
      const container = await waiting(context, 'kit-listed').start()
      const program = present(identify(container.pid), 'the program')
      const other = await another()
      const listed = async () =>
        present(
          (await other.runtime.detached()).find(({ id }) => id === 'kit-listed'),
          'kit-listed in the list',
        )
      const first = await listed()
      const { owner, status, pid, exit, command, io } = first
      same([owner, status, pid, exit], [process.pid, 'running', program.pid, null], 'what is listed')
      same([command.process.args.length, io.stdout.type], [3, 'file'], 'its command and output')
      same(await listed(), first, 'the list, a second time')
      assert.equal(container.status, 'running')
      await runtime.close()
      same((await listed()).owner, null, 'the owner after the runtime was closed')
      process.kill(program.pid, 'SIGUSR1')
      const ended = await until('the end in the list', async () => {
        const found = await listed()
        return found.exit !== null && found
      })
      same([ended.status, ended.pid, ended.exit], ['stopped', 0, { exitCode: 7, signal: null }], 'its end')
      await (await recovered(other.runtime, 'kit-listed')).wait()
      same(
        (await other.runtime.detached()).filter(({ id }) => id === 'kit-listed'),
        [],
        'after its verdict',
      )
    },
  },
  {
    id: 'recover.chosen',
    title: 'only the containers that are named are recovered',
    needs,
    async run(context) {
      const { runtime, another } = context
      await waiting(context, 'kit-chosen').start()
      await waiting(context, 'kit-left').start()
      await runtime.close()
      const next = await another()
      const found = await next.runtime.recover({ ids: ['kit-chosen', 'kit-none'] })
      same(
        found.map(({ id }) => id),
        ['kit-chosen'],
        'what was recovered',
      )
      await found[0]?.terminate()
      const left = await recovered(next.runtime, 'kit-left')
      await left.terminate()
    },
  },
  {
    id: 'recover.killed-owner',
    title: 'a detached container outlives a process that was killed, and can be recovered and ended',
    needs,
    async run(context) {
      const { another } = context
      const { script, stdio, output } = waiting(context, 'kit-orphan')
      const { program, kill } = await otherOwner(context, 'kit-orphan', script, { detached: true, stdio })
      await until('the output of the program', () => output().includes('ready'))
      await kill()
      same(alive([program]).length, 1, 'processes that live')
      const next = await another()
      const again = await recovered(next.runtime, 'kit-orphan')
      const { signal } = await again.terminate()
      same([signal, alive([program])], ['SIGKILL', []], 'signal, and what still lives')
    },
  },
]
