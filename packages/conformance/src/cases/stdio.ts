import assert from 'node:assert/strict'
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../case.js'
import { same, succeeded } from '../expect.js'
import { reading } from '../host/streams.js'
import { settled, until } from '../host/wait.js'

const LARGE = 4 * 1024 * 1024
/** `yes` of 15 characters and a newline, cut: LARGE bytes, and a last word. */
const flood = (bytes: number, word: string) => `yes 123456789abcdef | head -c ${bytes}; echo ${word}`

function isFile(fd: number, { dev, ino }: { dev: number; ino: number }): boolean {
  try {
    const stats = fstatSync(fd)
    return stats.dev === dev && stats.ino === ino
  } catch {
    return false
  }
}

/** The three standard streams. */
export const stdioCases: readonly Case[] = [
  {
    id: 'stdio.separate',
    title: 'stdout and stderr are two streams, each with its own output',
    async run({ run }) {
      const { stdout, stderr } = await run('echo to stdout; echo to stderr >&2')
      same({ stdout, stderr }, { stdout: 'to stdout\n', stderr: 'to stderr\n' }, 'output')
    },
  },
  {
    id: 'stdio.binary',
    title: 'every byte goes in and comes out as it is',
    async run({ runBytes }) {
      const input = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7) % 256))
      const { stdout } = await runBytes(['/bin/cat'], { input })
      assert.ok(input.equals(stdout), `${stdout.length} bytes came back of ${input.length}, or others`)
    },
  },
  {
    id: 'stdio.large',
    title: 'all of a large output is delivered, to the last byte before the exit',
    async run({ run }) {
      const { stdout } = await run(flood(LARGE, 'last'))
      assert.equal(stdout.length, LARGE + 5)
      assert.ok(stdout.endsWith('last\n'))
    },
  },
  {
    id: 'stdio.large-both',
    title: 'large output on both streams at once does not block',
    async run({ run }) {
      const { stdout, stderr } = await run(`(${flood(LARGE, 'out')}) & (${flood(LARGE, 'err')}) >&2 & wait`)
      same([stdout.length, stderr.length], [LARGE + 4, LARGE + 4], 'bytes')
    },
  },
  {
    id: 'stdio.large-input',
    title: 'a large input arrives whole',
    async run({ run }) {
      const { stdout } = await run(['/bin/wc', '-c'], {}, { input: Buffer.alloc(LARGE, 'x') })
      assert.equal(Number(stdout), LARGE)
    },
  },
  {
    id: 'stdio.input-end',
    title: 'the end of stdin reaches the program, and not before all of the input',
    async run({ start }) {
      const container = await start('while read -r line; do echo "<$line>"; done; echo end')
      const out = reading(container.stdout)
      container.stdin?.write('one\n')
      await out.seen('<one>')
      assert.ok(!out.text.includes('end'), 'stdin ended early')
      container.stdin?.end('two\n')
      assert.equal(await out.ended, '<one>\n<two>\nend\n')
      await container.wait()
    },
  },
  {
    id: 'stdio.no-input',
    title: 'without input stdin is at its end from the beginning',
    async run({ run }) {
      const result = await run('cat; echo end')
      succeeded(result)
      assert.equal(result.stdout, 'end\n')
    },
  },
  {
    id: 'stdio.input-unread',
    title: 'a program that ends without reading its input is no error',
    async run({ run }) {
      const result = await run('exit 8', {}, { input: Buffer.alloc(LARGE) })
      same([result.reason, result.exitCode], ['exited', 8], 'the verdict')
    },
  },
  {
    id: 'stdio.output-closed',
    title: 'a program whose stdout was closed here notices when it writes',
    async run({ start }) {
      const container = await start(
        'while echo word; do :; done; exit 0',
        {},
        { stdio: { stderr: 'ignore' } },
      )
      container.stdout?.destroy()
      const { reason } = await container.wait()
      assert.ok(['exited', 'signaled'].includes(reason), reason)
    },
  },
  {
    id: 'stdio.closed-inside',
    title: 'a stream that the program closes ends here, while the program goes on',
    should: true,
    async run({ start }) {
      const container = await start('echo word; exec >&-; read line')
      const out = reading(container.stdout)
      await until('the end of the stream that the program closed', () => container.stdout?.readableEnded)
      assert.equal(out.text, 'word\n')
      assert.equal(container.status, 'running')
      container.stdin?.end('go\n')
      await container.wait()
    },
  },
  {
    id: 'stdio.back-pressure',
    title: 'while nobody reads, the program waits and the memory of the caller does not grow',
    async run({ start }) {
      const container = await start(`${flood(LARGE, 'last')} ; echo done >&2`)
      const err = reading(container.stderr)
      const held = await settled(
        'what is held here stays the same',
        () => container.stdout?.readableLength ?? 0,
        250,
      )
      assert.equal(err.text, '', 'the program was not held up')
      assert.ok(held <= 1024 * 1024, `${held} bytes are held here`)
      assert.equal((await reading(container.stdout).ended).length, LARGE + 5)
      await container.wait()
    },
  },
  {
    id: 'stdio.files',
    title: 'stdio can be files of this host: read, emptied first, or appended to',
    async run({ start, scratch }) {
      const folder = scratch()
      const [input, output] = [join(folder, 'in'), join(folder, 'out')]
      writeFileSync(input, 'typed\n')
      writeFileSync(output, 'old content, longer than the new one\n')
      for (const append of [false, true]) {
        const stdio = { stdin: { file: input }, stdout: { file: output, append }, stderr: 'ignore' } as const
        const container = await start(['/bin/cat'], {}, { stdio })
        assert.equal(container.stdout, null)
        await container.wait()
      }
      assert.equal(readFileSync(output, 'utf8'), 'typed\ntyped\n')
    },
  },
  {
    id: 'stdio.descriptor',
    title: 'stdio can be an open descriptor, which stays open',
    async run({ start, scratch, after }) {
      const file = join(scratch(), 'out')
      const fd = openSync(file, 'w')
      const { dev, ino } = fstatSync(fd)
      after(() => {
        // a driver that closed it: the number may be another's by now
        if (isFile(fd, { dev, ino })) closeSync(fd)
      })
      const container = await start(
        'echo out; echo err >&2',
        {},
        { stdio: { stdin: 'ignore', stdout: { fd }, stderr: { fd } } },
      )
      await container.wait()
      assert.equal(readFileSync(file, 'utf8'), 'out\nerr\n')
      assert.ok(isFile(fd, { dev, ino }), 'the descriptor was closed')
    },
  },
  {
    id: 'stdio.ignore',
    title: 'ignored stdio is null here and the null device there',
    async run({ start }) {
      const container = await start(
        'read line && exit 1; echo word && echo word >&2 && exit 7',
        {},
        { stdio: 'ignore' },
      )
      same([container.stdin, container.stdout, container.stderr], [null, null, null], 'streams')
      assert.equal((await container.wait()).exitCode, 7)
    },
  },
]
