import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { same } from '../expect.js'
import { reading } from '../host/streams.js'

const needs = { fields: ['process.terminal'] } as const
const lines = (text: string): string[] => text.replaceAll('\r', '').trimEnd().split('\n')

/** Terminals. */
export const terminalCases: readonly Case[] = [
  {
    id: 'terminal.all-three',
    title: 'stdin, stdout and stderr are one terminal, and stdout carries everything',
    needs,
    async run({ start }) {
      const container = await start('[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo yes; echo err >&2', {
        process: { terminal: true },
      })
      assert.equal(container.stderr, null)
      const text = await reading(container.stdout).ended
      same(lines(text), ['yes', 'err'], 'output')
      assert.equal((await container.wait()).exitCode, 0)
    },
  },
  {
    id: 'terminal.size',
    title: 'the terminal has its size from the first byte on',
    needs: { fields: ['process.terminal', 'process.consoleSize'] },
    async run({ run }) {
      const size = { height: 33, width: 111 }
      const { stdout } = await run(
        ['/bin/stty', 'size'],
        { process: { terminal: true, consoleSize: size } },
        { input: '' },
      )
      same(lines(stdout), ['33 111'], 'size')
    },
  },
  {
    id: 'terminal.default-size',
    title: 'without a size the terminal has 24 rows and 80 columns',
    needs,
    async run({ run }) {
      const { stdout } = await run(['/bin/stty', 'size'], { process: { terminal: true } }, { input: '' })
      same(lines(stdout), ['24 80'], 'size')
    },
  },
  {
    id: 'terminal.resize',
    title: 'a new size is seen inside, and announced by SIGWINCH',
    needs: { ...needs, verbs: ['resize'] },
    async run({ start }) {
      const script = 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.02; done'
      const container = await start(script, { process: { terminal: true } })
      const out = reading(container.stdout)
      await out.seen('ready')
      await container.resize({ height: 44, width: 99 })
      same(lines(await out.ended), ['ready', '44 99'], 'output')
      await container.wait()
    },
  },
  {
    id: 'terminal.control',
    title: 'it is the controlling terminal: ^C is SIGINT, and /dev/tty opens it',
    needs,
    async run({ start }) {
      const script =
        'trap "echo interrupted; exit 7" INT; echo ready > /dev/tty; while :; do sleep 0.02; done'
      const container = await start(script, { process: { terminal: true } })
      const out = reading(container.stdout)
      await out.seen('ready')
      container.stdin?.write('\x03')
      assert.equal((await container.wait()).exitCode, 7)
      assert.ok((await out.ended).includes('interrupted'))
    },
  },
  {
    id: 'terminal.drained',
    title: 'all of the output arrives, also of a program that ends at once after much',
    needs,
    async run({ run }) {
      const { stdout } = await run(
        'yes 123456789abcdef | head -c 160000; echo last',
        { process: { terminal: true } },
        { input: '' },
      )
      const text = stdout.replaceAll('\r', '')
      same([text.length, text.endsWith('last\n')], [160005, true], 'output')
    },
  },
]
