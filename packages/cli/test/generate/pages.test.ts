import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { requires } from '@execd/test-support'
import { describe, expect, test } from '@jest/globals'
import { EXAMPLES } from '../../dist/examples/index.js'
import { manOverview, manPage } from '../../dist/generate/man.js'
import { commandPage, commandsPage } from '../../dist/generate/markdown.js'
import { loadModel } from '../../dist/generate/model.js'

const commands = await loadModel()
const named = commands.map((command) => [command.name, command] as const)

describe.each(named)('%s', (name, command) => {
  test('the page names every option', () => {
    const page = commandPage(command, EXAMPLES[name] ?? [])
    for (const { flags } of command.entry.groups)
      for (const flag of flags) expect(page).toContain(`--${flag.name}`)
    expect(commandsPage(commands)).toContain(`[${name}](${name}.md)`)
  })

  requires('groff').test('the manual page is one without a warning', () => {
    const input = manPage(command, EXAMPLES[name] ?? [], '1.2.3')
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], {
      input,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout.replace(/\s+/g, ' ')).toContain(`execd-${name} - ${command.summary}`)
    expect(existsSync(new URL(`../../dist/man/execd-${name}.1`, import.meta.url))).toBe(true)
  })
})

requires('groff').test('the manual page of all commands', () => {
  const input = manOverview(commands, '1.2.3')
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], {
    input,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  for (const { name } of commands) expect(stdout).toContain(`execd-${name}(1)`)
})
