import { expect, test } from '@jest/globals'
import { PlanBuilder } from '../../dist/isolation/builder.js'
import { step } from '../../dist/plan/steps.js'
import { stepsNamed } from './support/inputs.js'

const about = { code: 'EXECD_MOUNT', action: 'mount /x' } as const

test('slots are given from the first free one on, and those given back come again', () => {
  const builder = new PlanBuilder(3)
  expect([builder.slot(), builder.slot(), builder.slot()]).toEqual([3, 4, 5])
  builder.free(4)
  expect([builder.slot(), builder.slot()]).toEqual([4, 6])
  builder.free(3, 5)
  expect([builder.slot(), builder.slot()].toSorted()).toEqual([3, 5])
  expect(builder.slot()).toBe(7)
})

test('there are 62 slots; one more is an error of the command', () => {
  const builder = new PlanBuilder(0)
  const slots = Array.from({ length: 62 }, () => builder.slot())
  expect(slots.at(-1)).toBe(61)
  expect(new Set(slots).size).toBe(62)
  expect(() => builder.slot()).toThrow(
    expect.objectContaining({
      code: 'EXECD_INVALID_COMMAND',
      hint: 'use fewer layers of the overlay, and fewer mounts that are shared with the host',
      details: { driver: 'native' },
    }),
  )
  builder.free(10)
  expect(builder.slot()).toBe(10)
})

test('each step has what it is for at the same place', () => {
  const builder = new PlanBuilder(0)
  builder.add(about, step.pivot(), step.barrier())
  builder.add(null, step.keyring())
  const limits = [{ controller: 'pids', file: 'pids.max', data: '5', field: 'resources.pids.limit' }]
  expect(builder.build(limits)).toEqual({
    steps: [step.pivot(), step.barrier(), step.keyring()],
    about: [about, about, null],
    limits,
    rest: null,
  })
})

test.each(['tmpfs', 'devpts', 'mqueue', 'overlay'])('a mount label goes to %s, after its options', (type) => {
  const builder = new PlanBuilder(0, 'system_u:object_r:container_file_t:s0')
  builder.filesystem(about, type, 2, [['mode', '0755']])
  const [mount] = stepsNamed(builder.build([]).steps, 'fsmount')
  expect(mount).toEqual(
    step.fsmount({
      slot: 0,
      attrs: 2,
      type,
      options: [
        ['mode', '0755'],
        ['context', 'system_u:object_r:container_file_t:s0'],
      ],
    }),
  )
})

test.each(['proc', 'sysfs', 'cgroup2'])('none to %s, which has labels of the policy', (type) => {
  const builder = new PlanBuilder(0, 'label')
  builder.filesystem(about, type, 0)
  expect(stepsNamed(builder.build([]).steps, 'fsmount')[0]?.options).toEqual([])
})

test('without a label no options are added', () => {
  const builder = new PlanBuilder(0)
  expect([builder.filesystem(about, 'tmpfs', 0), builder.filesystem(about, 'overlay', 0)]).toEqual([0, 1])
  expect(stepsNamed(builder.build([]).steps, 'fsmount').map((one) => one.options)).toEqual([[], []])
})
