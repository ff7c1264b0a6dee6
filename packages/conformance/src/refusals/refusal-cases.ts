import assert from 'node:assert/strict'
import type { DriverCapabilities, OptionalVerb } from '@execd/core'
import { fieldKeys, OPTIONAL_VERBS } from '@execd/core/driver'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { present, rejection, same } from '../expect.js'
import { ASKING } from './asking.js'
import { VERB_REFUSALS } from './verb-refusals.js'

/** One case for each field and verb that a driver does not declare: that it is refused with a reason, and nothing is started. Pure. */
export function refusalCases(capabilities: DriverCapabilities): Case[] {
  const fields = fieldKeys().filter((key) => capabilities.fields[key] !== true)
  const verbs = OPTIONAL_VERBS.filter((verb) => capabilities.verbs[verb] !== true)
  return [...fields.map(fieldCase), ...verbs.map(verbCase)]
}

function fieldCase(key: string): Case {
  return {
    id: `refusals.${key}`,
    title: `${key} is not declared, so a command that asks for it is refused with a reason`,
    run: (context) => refusesField(context, key),
  }
}

async function refusesField({ runtime, command }: CaseContext, key: string): Promise<void> {
  const asking = present(ASKING[key], `a command that asks for ${key}`)
  let created = 0
  runtime.on('create', () => {
    created += 1
  })
  const { details } = await rejection(runtime.run(command(['/bin/true'], asking)), 'EXECD_UNSUPPORTED')
  const unsupported = (details.unsupported ?? []) as ReadonlyArray<{ key: string; reason: string }>
  const found = present(
    unsupported.find((field) => field.key === key),
    `${key} among the fields that were refused (${unsupported.map((field) => field.key).join(', ')})`,
  )
  assert.ok(found.reason.length > 2, `${key} is refused without a reason`)
  assert.equal(created, 0, 'the command went to the driver')
  same(runtime.list().length, 0, 'containers in the list')
}

function verbCase(verb: OptionalVerb): Case {
  return {
    id: `refusals.${verb}`,
    title: `"${verb}" is not declared, so it is refused and does nothing, also when the driver is asked itself`,
    run: VERB_REFUSALS[verb],
  }
}
