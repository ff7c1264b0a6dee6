import { findAll } from '../detached/find.js'
import { printJson } from '../output/print.js'
import type { Action } from '../table/types.js'

export const action: Action = async ({ given, operands }) => {
  const found = await findAll(given, [...new Set(operands)])
  await printJson(
    found.map(({ record, held: _, ...known }) => ({ ...known, removedAtEnd: record?.remove ?? false })),
  )
  return 0
}
