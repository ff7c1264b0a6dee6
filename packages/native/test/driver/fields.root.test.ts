import { fieldKeys } from '@execd/core/driver'
import { expect } from '@jest/globals'
import type { FieldCase, FieldCases } from './fields/field-case.js'
import { namespaceCases } from './fields/namespace-cases.js'
import { processCases } from './fields/process-cases.js'
import { resourceCases } from './fields/resource-cases.js'
import { securityCases } from './fields/security-cases.js'
import { storageCases } from './fields/storage-cases.js'
import { driverTests, failure, type Suite } from './support/suite.js'

const tables = [processCases, namespaceCases, storageCases, resourceCases, securityCases]
const cases: FieldCases = Object.assign({}, ...tables)

async function takesEffect(
  suite: Suite,
  { command, options, done, live, after, refusal }: FieldCase,
): Promise<void> {
  const input = await command(suite)
  if (refusal !== undefined) {
    const { code, hint, details } = await failure(suite.runtime.run(input))
    expect({ code, path: details.path }).toEqual(refusal)
    expect(hint).not.toBe('')
    return
  }
  if (live === undefined) {
    expect(done).toBeDefined()
    return void (await done?.(await suite.runtime.run(input, options), suite))
  }
  const container = await suite.runtime.start(input)
  await live(container, suite)
  await container.terminate()
  await after?.(suite)
}

driverTests('every field takes effect or is refused', (suite, test) => {
  test('there is one case for each field, and none for another', () => {
    const keys = tables.flatMap((table) => Object.keys(table))
    expect(keys.sort()).toEqual([...fieldKeys()].sort())
  })

  test.each(fieldKeys().map((key) => [key] as const))('%s', async (key) => {
    const found = cases[key]
    if (found === undefined) throw new Error(`${key} has no case`)
    const support = (await suite.runtime.capabilities()).fields[key]
    if (support === true) return takesEffect(suite, found)
    const error = await failure(suite.runtime.run(await found.command(suite)))
    expect(error.code).toBe('EXECD_UNSUPPORTED')
    expect(error.message).toContain(`${key}: ${support?.reason}`)
    expect(support?.hint).toBeDefined()
    expect(error.hint).toContain(support?.hint)
  })
})
