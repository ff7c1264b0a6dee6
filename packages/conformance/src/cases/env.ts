import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same } from '../expect.js'

const CANARY = 'EXECD_CONFORMANCE_CANARY'
/** Have defaults of their own. */
const GIVEN = ['PATH', 'HOME']

/** Environment and arguments. */
export const envCases: readonly Case[] = [
  {
    id: 'env.exact',
    title: 'the environment is what the command says, with PATH and HOME, and nothing of the caller',
    needs: { fields: ['process.env'] },
    async run({ run, after }) {
      process.env[CANARY] = 'of the caller'
      after(() => delete process.env[CANARY])
      const { stdout } = await run(['/bin/env'], { process: { env: { FIRST: '1', SECOND: 'two words' } } })
      const found = new Map(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split(/=(.*)/s) as [string, string]),
      )
      same([found.get('FIRST'), found.get('SECOND')], ['1', 'two words'], 'values')
      const others = [...found.keys()].filter((name) => !['FIRST', 'SECOND', ...GIVEN].includes(name))
      same(others, [], 'variables that nobody asked for')
      assert.ok(found.has('PATH'), 'there is no PATH')
    },
  },
  {
    id: 'env.values',
    title: 'values arrive byte for byte: empty, spaces, newlines, quotes, "=", not ASCII',
    needs: { fields: ['process.env'] },
    async run({ run }) {
      const values = ['', '  two  spaces ', 'two\nlines\n', `'"$HOME\``, 'a=b=c', 'grüße']
      const env = Object.fromEntries(values.map((value, index) => [`V${index}`, value]))
      const script = values.map((_, index) => `printf '%s|' "$V${index}"`).join('; ')
      const { stdout } = await run(script, { process: { env } })
      assert.equal(stdout, values.map((value) => `${value}|`).join(''))
    },
  },
  {
    id: 'env.path',
    title: 'a program without "/" is looked for in the PATH of the command',
    needs: { fields: ['process.env'] },
    async run({ run }) {
      const { stdout } = await run(['echo', 'found'], { process: { env: { PATH: '/kit-nowhere:/bin' } } })
      assert.equal(stdout, 'found\n')
      await rejection(
        run(['echo'], { process: { env: { PATH: '/kit-nowhere' } } }),
        'EXECD_PROGRAM_NOT_FOUND',
      )
    },
  },
  {
    id: 'env.args',
    title: 'arguments arrive byte for byte: empty, spaces, newlines, quotes, not ASCII',
    async run({ run }) {
      const args = ['', 'two  words', 'two\nlines', `'"$HOME\``, '-n', 'grüße', '*']
      const { stdout } = await run(['/bin/printf', '%s|', ...args])
      assert.equal(stdout, args.map((arg) => `${arg}|`).join(''))
    },
  },
]
