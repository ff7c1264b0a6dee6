import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readOutput } from '@execd/core'
import type { Case } from '../case.js'
import { same } from '../expect.js'

const SIZE = 8192
const needs = { verbs: ['rotate'] } as const
/** Some 60 kB of numbered lines. */
const LINES = 'n=0; while [ $n -lt 2000 ]; do echo "a line with the number $n"; n=$((n+1)); done'

/** Output files that are kept small. */
export const rotateCases: readonly Case[] = [
  {
    id: 'stdio.rotate',
    title: 'a rotated output file loses nothing while there are files enough, and none grows beyond its size',
    needs,
    async run({ start, scratch }) {
      const folder = scratch()
      const file = join(folder, 'out')
      const stdout = { file, maxSize: SIZE, maxFiles: 50 }
      const container = await start(LINES, {}, { stdio: { stdin: 'ignore', stdout, stderr: 'ignore' } })
      assert.equal((await container.wait()).exitCode, 0)
      const pieces: Buffer[] = []
      for await (const { data } of readOutput(file)) pieces.push(data)
      const lines = Array.from({ length: 2000 }, (_, n) => `a line with the number ${n}\n`)
      assert.equal(String(Buffer.concat(pieces)), lines.join(''))
      const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
      assert.ok(sizes.length > 5, `${sizes.length} files for 60 kB in pieces of 8 KiB`)
      assert.ok(Math.max(...sizes) <= SIZE, `a file of ${Math.max(...sizes)} bytes`)
    },
  },
  {
    id: 'stdio.rotate-most',
    title: 'no more than `maxFiles` are kept, and they hold the last of the output',
    needs,
    async run({ start, scratch }) {
      const folder = scratch()
      const file = join(folder, 'out')
      const stdout = { file, maxSize: SIZE, maxFiles: 3 }
      const container = await start(LINES, {}, { stdio: { stdin: 'ignore', stdout, stderr: 'ignore' } })
      await container.wait()
      same(readdirSync(folder).sort(), ['out', 'out.1', 'out.2'], 'files')
      let text = ''
      for await (const { data } of readOutput(file)) text += String(data)
      assert.ok(text.endsWith('a line with the number 1999\n'), `the output ends with ${text.slice(-40)}`)
    },
  },
]
