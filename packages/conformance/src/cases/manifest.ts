import assert from 'node:assert/strict'
import { fieldKeys, OPTIONAL_VERBS, type Support } from '@execd/core/driver'
import type { Case } from '../case.js'
import { wrongExceptions } from '../exceptions.js'
import { plain, same } from '../expect.js'

/** What a driver declares. */
export const manifestCases: readonly Case[] = [
  {
    id: 'manifest.plain',
    title: 'capabilities are plain data with keys of the contract only',
    async run({ capabilities }) {
      same(plain(structuredClone(capabilities)), capabilities, 'capabilities after they were sent')
      const fields = Object.keys(capabilities.fields).filter((key) => !fieldKeys().includes(key))
      const verbs = Object.keys(capabilities.verbs).filter(
        (verb) => !OPTIONAL_VERBS.some((known) => known === verb),
      )
      same([...fields, ...verbs], [], 'keys that the contract does not know')
    },
  },
  {
    id: 'manifest.reasons',
    title: 'each thing that is declared absent has a reason in words',
    async run({ capabilities }) {
      const all: Array<[string, Support]> = Object.entries({ ...capabilities.fields, ...capabilities.verbs })
      for (const [key, support] of all) {
        if (support === true) continue
        const { reason, hint } = support
        assert.ok(
          typeof reason === 'string' && reason.length > 2,
          `${key} is declared absent without a reason`,
        )
        assert.ok(
          hint === undefined || (typeof hint === 'string' && hint !== ''),
          `the hint of ${key} is no text`,
        )
      }
    },
  },
  {
    id: 'manifest.stable',
    title: 'capabilities do not change over time, nor by what is run',
    async run({ driver, capabilities, run, another }) {
      const before = await driver.capabilities()
      await run('true')
      same(await driver.capabilities(), before, 'capabilities after a run')
      const other = await another()
      same(await other.driver.capabilities(), capabilities, 'capabilities of another driver object')
    },
  },
  {
    id: 'manifest.name',
    title: 'the name is 1 to 64 of a-z 0-9 -, a letter first, and does not change',
    async run({ driver, runtime, run }) {
      const { name } = driver
      assert.match(name, /^[a-z][a-z0-9-]{0,63}$/)
      await run('true')
      assert.equal(driver.name, name)
      assert.equal(runtime.info().driver, name)
    },
  },
  {
    id: 'manifest.enough',
    title: 'something can be run at all: a kind of root file system, and arguments',
    async run({ capabilities, has }) {
      assert.ok(
        ['directory', 'overlay', 'host'].some((type) => has(`rootfs.type=${type}`)),
        'no rootfs.type is declared',
      )
      assert.ok(has('process.args'), 'process.args is not declared')
      const { recover, detach } = capabilities.verbs
      assert.equal(recover === true, detach === true, '"detach" and "recover" are of use only together')
    },
  },
]

/** The case about the exceptions that a driver declares from the others. */
export function exceptionsCase(cases: readonly Case[]): Case {
  return {
    id: 'manifest.exceptions',
    title: 'each exception is from a rule that allows one, concerns the driver, and has a reason',
    async run({ capabilities }) {
      same(wrongExceptions(cases, capabilities), [], 'exceptions that are wrong')
    },
  }
}
