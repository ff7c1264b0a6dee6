import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { rejection, same } from '../expect.js'

const CANARY = 'EXECD_CONFORMANCE_CANARY'
/** Have defaults of their own. */
const GIVEN = ['PATH', 'HOME']

/** Environment and arguments. */
export const envCases: readonly Case[] = [
  {
    id: 'env.exact',
    title: 'the environment has what the command says and PATH, and nothing of the caller',
    needs: { fields: ['process.env'] },
    async run({ run, after }) {
      process.env[CANARY] = 'of the caller'
      after(() => delete process.env[CANARY])
      const { stdout } = await run(['/bin/env'], { process: { env: { FIRST: '1', SECOND: 'two words' } } })
      const found = variables(stdout)
      same([found.get('FIRST'), found.get('SECOND')], ['1', 'two words'], 'values')
      assert.ok(found.has('PATH'), 'there is no PATH')
      assert.ok(!found.has(CANARY), 'a variable of the caller is there')
    },
  },
  {
    id: 'env.others',
    title: 'the environment has no variable that nobody asked for',
    should: true,
    async run({ run }) {
      const { stdout } = await run(['/bin/env'])
      const others = [...variables(stdout).keys()].filter((name) => !GIVEN.includes(name))
      same(others, [], 'variables that nobody asked for')
    },
  },
  {
    id: 'env.values',
    title: 'values arrive byte for byte: empty, spaces, quotes, "=", not ASCII',
    needs: { fields: ['process.env'] },
    run: (context) => arrive(context, ['', '  two  spaces ', `'"$HOME\``, 'a=b=c', 'grüße']),
  },
  {
    id: 'env.newlines',
    title: 'values with newlines arrive byte for byte',
    should: true,
    needs: { fields: ['process.env'] },
    run: (context) => arrive(context, ['two\nlines\n', '\n']),
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

/** What `env` printed of values without newlines. */
function variables(text: string): Map<string, string> {
  const lines = text.trimEnd().split('\n')
  return new Map(lines.map((line) => line.split(/=(.*)/s) as [string, string]))
}

async function arrive({ run }: CaseContext, values: readonly string[]): Promise<void> {
  const env = Object.fromEntries(values.map((value, index) => [`V${index}`, value]))
  const script = values.map((_, index) => `printf '%s|' "$V${index}"`).join('; ')
  const { stdout } = await run(script, { process: { env } })
  assert.equal(stdout, values.map((value) => `${value}|`).join(''))
}
