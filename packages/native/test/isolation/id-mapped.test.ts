import { expect, test } from '@jest/globals'
import { buildRunPlan } from '../../dist/isolation/run-plan.js'
import { OPEN_TREE_CLONE } from '../../dist/linux/constants.js'
import { commandOf, RANGES, runInput, stepsNamed } from './support/inputs.js'

const namespaces = { user: 'private' }
const bind = (options: string[], name: string) => ({
  type: 'bind',
  source: `/srv/${name}`,
  destination: `/mnt/${name}`,
  options,
})
const plan = (command: Readonly<Record<string, unknown>>) =>
  buildRunPlan(runInput(commandOf({ namespaces, ...command }), { userNamespace: RANGES }))

test('owners are mapped by the monitor, before the child is made, with the maps of the container', () => {
  const { steps } = plan({
    rootfs: { type: 'directory', path: '/srv/root', idmap: true },
    mounts: [bind(['ridmap'], 'a'), bind(['bind', 'idmap', 'ro'], 'b'), bind([], 'c')],
  })
  const [maps] = stepsNamed(steps, 'userNamespace')
  expect(maps).toMatchObject({ phase: 'host', uidMap: expect.stringMatching(/^0 \d+ \d+\n/) })
  const mapping = stepsNamed(steps, 'setAttr').filter((one) => one.usernsSlot !== undefined)
  expect(mapping.map(({ phase, recursive, usernsSlot }) => [phase, recursive, usernsSlot])).toEqual([
    ['host', true, maps?.slot],
    ['host', true, maps?.slot],
    ['host', false, maps?.slot],
  ])
  const cloned = stepsNamed(steps, 'openTree').filter((one) => one.phase === 'host')
  expect(cloned.map(({ path }) => path)).toEqual(['', '/srv/a', '/srv/b'])
  expect(cloned[2]?.flags).toBe(OPEN_TREE_CLONE)
  // what was cloned there is attached by the child
  const [root, a, b] = cloned.map(({ slot }) => slot)
  expect(stepsNamed(steps, 'root')[0]?.slot).toBe(root)
  const attached = new Map(stepsNamed(steps, 'mount').map(({ target, slot }) => [target, slot]))
  expect([attached.get('/mnt/a'), attached.get('/mnt/b')]).toEqual([a, b])
})

test('without a wish nothing of it is in the plan', () => {
  expect(stepsNamed(plan({ mounts: [bind([], 'a')] }).steps, 'userNamespace')).toEqual([])
})
