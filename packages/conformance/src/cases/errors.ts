import assert from 'node:assert/strict'
import { ERROR_CODES, type ExecdError } from '@execd/core'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { plain, rejection, same, succeeded } from '../expect.js'

/** Failures that any driver can be brought to. */
async function failures({ run, has }: CaseContext): Promise<ExecdError[]> {
  const found = [
    await rejection(run(['/bin/kit-no-such-program'], { id: 'kit-failure' })),
    await rejection(run(['/etc/passwd'], { id: 'kit-failure' })),
  ]
  if (has('process.cwd'))
    found.push(await rejection(run('true', { id: 'kit-failure', process: { cwd: '/kit-no-such-folder' } })))
  return found
}

/** Errors. */
export const errorsCases: readonly Case[] = [
  {
    id: 'errors.shape',
    title:
      'an error has a code of the catalogue, and is plain data with the driver or the container in its details',
    async run(context) {
      for (const error of await failures(context)) {
        assert.ok(ERROR_CODES.includes(error.code), error.code)
        assert.notEqual(error.code, 'EXECD_INTERNAL', error.message)
        assert.ok(error.message.length > 5 && !error.message.includes('\n    at '), error.message)
        same(plain(error.toJSON().details), error.toJSON().details, 'details after they were sent')
        const { driver, container } = error.details
        assert.ok(
          driver === context.driver.name || container === 'kit-failure',
          `${error.code} names neither driver nor container`,
        )
      }
    },
  },
  {
    id: 'errors.hint',
    title: 'an error says in a hint what to do',
    async run(context) {
      for (const { code, hint } of await failures(context))
        assert.ok(typeof hint === 'string' && hint.length > 5, `${code} has no hint`)
    },
  },
  {
    id: 'errors.nothing-left',
    title: 'a start that failed leaves no container, and its id is free again',
    async run(context) {
      await failures(context)
      const { runtime, driver, run } = context
      same(runtime.list().length, 0, 'containers in the list')
      assert.equal(await driver.info('kit-failure'), null)
      succeeded(await run('true', { id: 'kit-failure' }))
    },
  },
  {
    id: 'errors.unknown-id',
    title: 'the process ids of a container that never was are refused with a code',
    async run({ driver }) {
      await rejection(driver.getPids('kit-never'), 'EXECD_NOT_RUNNING', 'EXECD_NOT_FOUND')
    },
  },
]
