import { expect } from '@jest/globals'
import { childrenOf, descriptors, mounts } from './support/host-state.js'
import { runNode } from './support/node.js'
import { driverTests, type Part } from './support/suite.js'

const KINDS: readonly Part[] = [
  {},
  { init: true },
  { process: { terminal: true } },
  { namespaces: { pid: 'host' } },
  { resources: { memory: { limit: '32MiB' }, pids: { limit: 10 }, cpu: { cpusetCpus: '0' } } },
]

driverTests('many containers', (suite, test) => {
  const counts = async () => {
    await suite.settle()
    return {
      descriptors: descriptors().length,
      children: childrenOf(process.pid).length,
      groups: suite.groups().length,
      mounts: mounts().length,
    }
  }

  test('one of each kind', async () => {
    for (const part of KINDS) expect(await suite.output('echo fine', part)).toMatch(/^fine/)
  })

  test('a hundred one after the other leave no trace', async () => {
    const before = await counts()
    for (let number = 0; number < 100; number += 1) {
      const result = await suite.sh(`exit ${number}`, KINDS[number % KINDS.length])
      expect(result).toMatchObject({ reason: 'exited', exitCode: number, cleanup: [] })
    }
    expect(await counts()).toEqual(before)
  })

  test('thirty at once are each themselves, and leave no trace', async () => {
    const before = await counts()
    const all = Array.from({ length: 30 }, async (_, number) => {
      const part = { ...KINDS[number % KINDS.length], id: `many-${number}` }
      const { stdout, exitCode } = await suite.sh(`hostname; exit ${number}`, part)
      return { name: stdout.trim(), exitCode }
    })
    const wanted = Array.from({ length: 30 }, (_, number) => ({ name: `many-${number}`, exitCode: number }))
    expect(await Promise.all(all)).toEqual(wanted)
    expect(await counts()).toEqual(before)
  })

  test('starts that fail leave no trace either', async () => {
    const before = await counts()
    const bad: readonly Part[] = [
      { process: { cwd: '/absent' } },
      { rootfs: '/absent' },
      { process: { user: 'zoe', terminal: true } },
    ]
    for (let round = 0; round < 10; round += 1) {
      const ends = await Promise.allSettled(bad.map((part) => suite.sh('true', part)))
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    }
    expect(await counts()).toEqual(before)
  })

  test('without descriptors to spare a start fails, and the next one works', async () => {
    const answer = await runNode('scarce-main.js', [suite.rootfs, suite.parent, '250'])
    expect(answer).toMatchObject({ codes: ['EXECD_START_FAILED'], errnos: ['EMFILE'], after: 'again\n' })
  })
})
