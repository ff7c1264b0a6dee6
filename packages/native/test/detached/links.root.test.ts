import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { ip } from '../network/support.js'
import { detachedTests } from './support.js'

detachedTests(
  'links of dead owners',
  ({ suite, newPlace }, test) => {
    test('are removed, and no others', async () => {
      const place = newPlace()
      const runtime = await place.runtime()
      await runtime.run(suite.command(['true']))
      const [living = ''] = readdirSync(join(place.stateDir, 'owners'))
      const dead = randomBytes(8).toString('hex')
      writeFileSync(
        join(place.stateDir, 'owners', dead),
        readFileSync(join(place.stateDir, 'owners', living)),
      )
      const name = (what: string) => `execd-${what}${randomBytes(2).toString('hex')}`
      const links = [
        [name('d'), `execd:box:owner ${dead}`, false],
        [name('l'), `execd:box:owner ${living}`, true],
        [name('u'), 'execd:box:owner 0000000000000000', true],
        [name('k'), `execd:box:detached ${dead}`, true],
        [name('o'), 'execd:box', true],
        [name('s'), `somebody ${dead}`, true],
      ] as const
      try {
        for (const [link, alias] of links) {
          ip(`link add ${link} type bridge`)
          writeFileSync(`/sys/class/net/${link}/ifalias`, alias)
        }
        const { removed, problems } = await runtime.sweep()
        expect([removed.filter(({ kind }) => kind === 'link'), problems]).toEqual([
          [{ kind: 'link', name: links[0][0] }],
          [],
        ])
        expect(links.map(([link]) => existsSync(`/sys/class/net/${link}`))).toEqual(
          links.map(([, , stays]) => stays),
        )
      } finally {
        for (const [link] of links) if (existsSync(`/sys/class/net/${link}`)) ip(`link del ${link}`)
      }
    })
  },
  ['iproute2'],
)
