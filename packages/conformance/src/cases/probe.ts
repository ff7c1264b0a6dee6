import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { plain, same } from '../expect.js'

/** What a driver says of the host. */
export const probeCases: readonly Case[] = [
  {
    id: 'probe.report',
    title: 'the report is plain data, names the driver, and each check has a name and says what was found',
    async run({ runtime, driver }) {
      const report = await runtime.probe()
      same(plain(report), report, 'the report after it was sent')
      assert.equal(report.driver, driver.name)
      assert.ok(report.checks.length > 0, 'there is no check')
      const names = report.checks.map(({ name }) => name)
      assert.equal(new Set(names).size, names.length, `two checks of one name: ${names.join(', ')}`)
      for (const { name, status, required, reason } of report.checks) {
        assert.match(name, /^[a-z0-9][a-z0-9.-]*$/)
        assert.ok(['ok', 'degraded', 'missing'].includes(status), `${name}: status ${status}`)
        assert.equal(typeof required, 'boolean', `${name}: required`)
        assert.ok(typeof reason === 'string' && reason !== '', `${name}: no reason`)
      }
    },
  },
  {
    id: 'probe.usable',
    title: 'usable means that no required check is missing, and the host is usable',
    async run({ runtime }) {
      const { usable, checks } = await runtime.probe()
      const missing = checks.filter(({ status, required }) => required && status === 'missing')
      assert.equal(usable, missing.length === 0)
      assert.ok(usable, missing.map(({ name, reason, hint }) => `${name}: ${reason} (${hint})`).join('; '))
    },
  },
  {
    id: 'probe.repeatable',
    title: 'probing twice, and while something runs, gives the same checks',
    async run({ runtime, start }) {
      const names = async () => (await runtime.probe()).checks.map(({ name }) => name)
      const before = await names()
      const container = await start('cat')
      same(await names(), before, 'the names of the checks')
      await container.terminate()
    },
  },
]
