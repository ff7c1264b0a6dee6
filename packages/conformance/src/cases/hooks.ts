import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HookState } from '@execd/core'
import type { Case } from '../case.js'
import { rejection, same } from '../expect.js'
import { alive, identify } from '../host/processes.js'
import { sleep } from '../host/wait.js'

const needs = { verbs: ['prestart'] } as const

/** Hooks. */
export const hooksCases: readonly Case[] = [
  {
    id: 'hooks.prestart',
    title: 'prestart is awaited with a process that is there, before the program runs',
    needs,
    async run({ start, scratch }) {
      const file = join(scratch(), 'out')
      const seen: unknown[] = []
      const prestart = async (state: HookState): Promise<void> => {
        seen.push(state.id, state.status, identify(state.pid) !== null)
        await sleep(200)
        seen.push(readFileSync(file, { encoding: 'utf8', flag: 'a+' }))
      }
      const stdio = { stdin: 'ignore', stdout: { file }, stderr: 'ignore' } as const
      const container = await start('echo ran', { id: 'kit-prestart' }, { stdio, hooks: { prestart } })
      await container.wait()
      same(seen, ['kit-prestart', 'creating', true, ''], 'what prestart saw')
      assert.equal(readFileSync(file, 'utf8'), 'ran\n')
    },
  },
  {
    id: 'hooks.prestart-fails',
    title: 'a prestart that fails stops the start: the program never runs and nothing is left',
    needs,
    async run({ start, scratch, runtime }) {
      const file = join(scratch(), 'out')
      const process = { pid: 0, started: '' }
      const prestart = async (state: HookState): Promise<never> => {
        Object.assign(process, identify(state.pid))
        throw new Error('no')
      }
      const stdio = { stdin: 'ignore', stdout: { file }, stderr: 'ignore' } as const
      const error = await rejection(
        start('echo ran', {}, { stdio, hooks: { prestart } }),
        'EXECD_HOOK_FAILED',
      )
      assert.match(error.message, /no/)
      assert.ok(process.pid > 0, 'prestart was told of no process')
      same(alive([process]), [], 'the process is still there')
      assert.equal(readFileSync(file, { encoding: 'utf8', flag: 'a+' }), '')
      same(runtime.list().length, 0, 'containers in the list')
    },
  },
  {
    id: 'hooks.order',
    title: 'prestart, poststart and poststop come in this order, the last when everything is gone',
    needs,
    async run({ start }) {
      const notes: string[] = []
      const process = { pid: 0, started: '' }
      const container = await start(
        'read line',
        {},
        {
          hooks: {
            prestart: () => notes.push('prestart'),
            poststart: (state: HookState) => {
              Object.assign(process, identify(state.pid))
              notes.push('poststart')
            },
            poststop: () => notes.push(`poststop ${alive([process]).length}`),
          },
        },
      )
      assert.equal(process.pid, container.pid)
      container.stdin?.end('go\n')
      await container.wait()
      same(notes, ['prestart', 'poststart', 'poststop 0'], 'hooks')
    },
  },
  {
    id: 'hooks.prestart-aborted',
    title: 'a start that is aborted while prestart is awaited is given up, and leaves no process',
    needs,
    async run({ start, runtime }) {
      const controller = new AbortController()
      const process = { pid: 0, started: '' }
      const prestart = (state: HookState): Promise<void> => {
        Object.assign(process, identify(state.pid))
        controller.abort()
        return new Promise(() => {})
      }
      await rejection(start('true', {}, { signal: controller.signal, hooks: { prestart } }), 'EXECD_ABORTED')
      same(alive([process]), [], 'the process is still there')
      same(runtime.list().length, 0, 'containers in the list')
    },
  },
]
