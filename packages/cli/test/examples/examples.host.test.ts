import { pattern, requires, ShellGround } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { EXAMPLES } from '../../dist/examples/index.js'
import { COMMANDS } from '../../dist/table/commands.js'
import type { Example } from '../../dist/table/types.js'
import { BIN } from '../support/execd.js'

const LONG = 60_000
const own = process.geteuid?.() === 0 ? (['root'] as const) : (['userns'] as const)

let ground: ShellGround
beforeAll(() => {
  ground = new ShellGround(BIN)
})
afterAll(() => ground?.leave())

describe.each(Object.entries(EXAMPLES).map(([name, examples]) => [name, examples] as const))(
  'the page of %s',
  (name, examples: readonly Example[]) => {
    for (const { text, shell, output, needs } of examples) {
      const { test } = requires(...own, ...(needs === undefined ? [] : [needs]))
      test(
        text,
        () => {
          expect(COMMANDS.some((head) => head.name === name)).toBe(true)
          expect(ground.print(shell)).toMatch(pattern(output))
        },
        LONG,
      )
    }
  },
)
