import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { print } from '../output/print.js'
import type { Action } from '../table/types.js'

export const action: Action = async () => {
  const file = createRequire(import.meta.url).resolve('@execd/core/schema.json')
  await print(await readFile(file, 'utf8'))
  return 0
}
