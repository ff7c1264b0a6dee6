import { spawnSync } from 'node:child_process'
import { requires } from '@execd/test-support'
import { describe, expect, test } from '@jest/globals'
import { bashCompletion } from '../../dist/generate/bash.js'
import { fishCompletion } from '../../dist/generate/fish.js'
import { loadModel } from '../../dist/generate/model.js'
import { zshCompletion } from '../../dist/generate/zsh.js'

const model = await loadModel()
const bash = bashCompletion(model)

/** What bash offers for a line whose last word is being typed. */
function offered(...words: string[]): string[] {
  const script = `${bash}
execd() { [[ $1 == ps ]] && printf 'web\\nworker\\n'; [[ $1 == drivers ]] && printf 'native\\nlxc\\n'; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _execd; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'x', 'execd', ...words], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((word) => word !== '')
}

describe('bash', () => {
  test.each<[string[], string[]]>([
    [['comp'], ['completion']],
    [
      ['run', '--memory-s'],
      ['--memory-swap', '--memory-swappiness'],
    ],
    [['--driver', 'x', 'ps', '--al'], ['--all']],
    [
      ['run', '--driver', ''],
      ['native', 'lxc'],
    ],
    [
      ['stop', 'w'],
      ['web', 'worker'],
    ],
    [['run', '--cgroupns', 'p'], ['private']],
    [['run', '-f', '/etc/passw'], ['/etc/passwd']],
    [['run', '-m', '64m', 'cat', '/etc/passw'], ['/etc/passwd']],
    [['run', '--env', 'A'], []],
    [['completion', 'f'], ['fish']],
    [['exec', 'we'], ['web']],
    [['exec', '-it', 'web', '/etc/passw'], []],
    [['exec', '-it', 'web', 'cat', '/etc/passw'], ['/etc/passwd']],
    [['help', 'ins'], ['inspect']],
  ])('%j', (words, expected) => {
    const found = offered(...words)
    for (const word of expected) expect(found).toContain(word)
    if (expected.length === 0 || words.at(-1)?.startsWith('-')) expect(found).toEqual(expected)
  })
})

requires('fish').test('fish', () => {
  const complete = (line: string): string[] => {
    const script = `${fishCompletion(model)}\ncomplete -C '${line}'`
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' })
    expect(stderr).toBe('')
    return stdout.split('\n').flatMap((found) => found.split('\t')[0] || [])
  }
  expect(complete('execd comp')).toEqual(['completion'])
  expect(complete('execd run --memory-s')).toEqual(['--memory-swap', '--memory-swappiness'])
  expect(complete('execd run --cgroupns p')).toEqual(['private'])
  expect(complete('execd completion ')).toEqual(['bash', 'fish', 'zsh'])
})

requires('zsh').test('the script for zsh is one that zsh can read', () => {
  const { status, stderr } = spawnSync('zsh', ['-n'], { input: zshCompletion(model), encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})
