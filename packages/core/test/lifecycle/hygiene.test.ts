import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'

const program = fileURLToPath(new URL('./hygiene-program.js', import.meta.url))
const run = promisify(execFile)

// The time limit is the proof that no handle is left open.
const scene = (name: string) => run(process.execPath, [program, name], { timeout: 15_000 })

describe('a process of its own: no unhandled rejection, no warning, no handle left open', () => {
  test.each([
    ['containers that nobody waits for', 'forgotten'],
    ['a kill that fails and that nobody asks about', 'weak'],
    ['many runs over one signal', 'many'],
    ['a runtime that is not closed', 'unclosed'],
  ])('%s', async (_name, name) => {
    expect(await scene(name)).toEqual({ stdout: 'done\n', stderr: '' })
  })

  test('a listener that throws', async () => {
    const { stdout, stderr } = await scene('listener')
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'done',
      'exit 1',
      'the other one',
      'uncaught: from a listener',
    ])
    expect(stderr).toBe('')
  })
})
