import { resolveCommand } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { buildRunPlan } from '../../dist/isolation/run-plan.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { step } from '../../dist/plan/steps.js'
import { Shape, sourcesOf, splitPlan } from '../../dist/pool/shape.js'
import { commandOf, groupsOf, runInput, V1 } from '../isolation/support/inputs.js'

const planOf = (input: object = {}, more: object = {}) =>
  buildRunPlan(runInput(commandOf({ ...input }), { cgroup: groupsOf(V1), ...more }))

describe('splitPlan', () => {
  test('all that the command decides is in the rest, and nothing is lost', () => {
    const plan = planOf({ process: { args: ['a'], user: 'me', rlimits: [{ type: 'RLIMIT_CORE', soft: 0 }] } })
    const split = splitPlan(plan)
    const names = split?.rest.steps.map(({ name }) => name)
    expect(names?.at(0)).toBe('hostname')
    expect(names).toEqual(expect.arrayContaining(['rlimit', 'noNewPrivs', 'env', 'user', 'capset', 'chdir']))
    expect(names?.at(-1)).toBe('exec')
    const prefix = split?.prefix.steps ?? []
    const holdAt = prefix.findIndex(({ name }) => name === 'hold')
    expect(prefix[holdAt]).toEqual(step.hold({ init: false }))
    expect(prefix.slice(0, holdAt).at(-1)?.name).toBe('bound')
    expect(prefix.slice(holdAt + 1).every(({ phase }) => phase === 'report' || phase === 'cleanup')).toBe(
      true,
    )
    expect([...prefix.slice(0, holdAt), ...(split?.rest.steps ?? []), ...prefix.slice(holdAt + 1)]).toEqual(
      plan.steps,
    )
    expect(split?.prefix.about).toHaveLength(prefix.length)
    expect(split?.rest.about).toHaveLength(names?.length ?? 0)
  })

  test('an init is announced', () => {
    expect(splitPlan(planOf({ init: true }))?.prefix.steps).toContainEqual(step.hold({ init: true }))
  })

  test('not where Node is asked on the way, nor with a terminal, nor without the place', () => {
    expect(splitPlan(planOf({}, { sync: true }))).toBeNull()
    expect(splitPlan(planOf({ process: { args: ['sh'], terminal: true } }))).toBeNull()
    expect(splitPlan({ ...planOf(), rest: null })).toBeNull()
  })
})

describe('sourcesOf', () => {
  const command = (input: object) => resolveCommand({ process: { args: ['true'] }, ...input })
  test.each([
    [{ rootfs: '/srv' }, ['/srv']],
    [{ rootfs: { type: 'host' } }, ['/']],
    [{ rootfs: { type: 'overlay', lower: ['/a', '/b'] } }, ['/a', '/b']],
    [
      {
        rootfs: '/srv',
        mounts: [
          { type: 'bind', source: '/data', destination: '/d' },
          { type: 'tmpfs', destination: '/t' },
        ],
      },
      ['/srv', '/data'],
    ],
    [{ rootfs: { type: 'overlay', lower: ['/a'], upper: '/u', work: '/w' } }, null],
  ])('%j', (input, expected) => {
    expect(sourcesOf(command(input))).toEqual(expected)
  })
})

describe('Shape', () => {
  const shapeOf = (hostname: string, limit: number, mask: string) => {
    const steps = (name: string) => [
      step.mkdir({ phase: 'host', dir: -1, mode: 0o755, file: `/groups/${name}` }),
      step.write({ phase: 'host', dir: 1, file: 'pids.max', data: String(limit) }),
      step.mask({ paths: [mask] }),
    ]
    const prefix = (name: string) => ({ steps: steps(name), about: [null, null, null], limits: [] })
    const groups = (name: string) => ({ version: 1 as const, dirs: { pids: `/groups/${name}` } })
    return { shape: new Shape(['/srv'], { prefix, groups }), steps, hostname }
  }

  test('is the same for the same bytes, and another for any other', () => {
    const key = shapeOf('a', 7, '/x').shape.key
    expect(shapeOf('b', 7, '/x').shape.key).toBe(key)
    expect(shapeOf('a', 8, '/x').shape.key).not.toBe(key)
    expect(shapeOf('a', 7, '/y').shape.key).not.toBe(key)
  })

  test('gives plan, bytes and groups with a name', () => {
    const { shape, steps } = shapeOf('a', 7, '/x')
    expect(shape.plan('pool-00000001').steps).toEqual(steps('pool-00000001'))
    expect(shape.encode('pool-00000001')).toEqual(encodePlan(steps('pool-00000001')))
    expect(shape.groups('pool-00000001')).toEqual({ version: 1, dirs: { pids: '/groups/pool-00000001' } })
  })
})
