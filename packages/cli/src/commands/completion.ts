import { bashCompletion } from '../generate/bash.js'
import { fishCompletion } from '../generate/fish.js'
import { loadModel } from '../generate/model.js'
import { zshCompletion } from '../generate/zsh.js'
import { print } from '../output/print.js'
import type { SHELLS } from '../table/completion.js'
import type { Action } from '../table/types.js'
import { UsageError } from '../usage-error.js'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } satisfies Record<
  (typeof SHELLS)[number],
  unknown
>

export const action: Action = async ({ operands: [shell = ''] }) => {
  if (!(shell in SCRIPTS))
    throw new UsageError(`${JSON.stringify(shell)}: wanted bash, zsh or fish`, 'completion')
  await print(SCRIPTS[shell as keyof typeof SCRIPTS](await loadModel()))
  return 0
}
