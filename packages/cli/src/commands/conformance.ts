import { Failure } from '../failure.js'
import type { Action } from '../table/types.js'

export const action: Action = async ({ operands }) => {
  const { main } = await loadKit()
  return main(operands)
}

/** The kit is a development tool: it is there where somebody has installed it. */
async function loadKit(): Promise<typeof import('@execd/conformance/cli')> {
  try {
    return await import('@execd/conformance/cli')
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Failure('the conformance kit is not installed', 'npm install @execd/conformance')
  }
}
