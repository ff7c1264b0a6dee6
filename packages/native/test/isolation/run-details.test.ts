import { describe, expect, test } from '@jest/globals'
import { buildRunPlan, type RunPlanInput } from '../../dist/isolation/run-plan.js'
import { step } from '../../dist/plan/steps.js'
import { commandOf, only, place, ROOT, runInput, stepsNamed, USER } from './support/inputs.js'

const plan = (input: object = {}, more: Partial<RunPlanInput> = {}) =>
  buildRunPlan(runInput(commandOf({ ...input }), more))
const stepsOf = (...args: Parameters<typeof plan>) => plan(...args).steps

describe('identity', () => {
  test('the host name is the one given, or the id cut to 64 characters', () => {
    expect(only(stepsOf({ hostname: 'name' }), 'hostname').value).toBe('name')
    expect(only(stepsOf(), 'hostname').value).toBe('box')
    const command = { ...commandOf(), id: 'x'.repeat(100) }
    expect(only(buildRunPlan(runInput(command)).steps, 'hostname').value).toBe('x'.repeat(64))
  })

  test('is not set in a namespace that is shared', () => {
    expect(stepsNamed(stepsOf({ namespaces: { uts: 'host' } }), 'hostname')).toEqual([])
  })

  test('a domain name is set when given', () => {
    expect(only(stepsOf({ domainname: 'd' }), 'domainname').value).toBe('d')
    expect(stepsNamed(stepsOf(), 'domainname')).toEqual([])
  })

  test('a sysctl is a path, and named in errors', () => {
    const built = plan({ sysctl: { 'net.ipv4.ip_forward': '1' } })
    expect(only(built.steps, 'sysctl')).toMatchObject({ key: 'net/ipv4/ip_forward', value: '1' })
    expect(built.about[place(built.steps, 'sysctl')]).toMatchObject({
      code: 'EXECD_SYSCTL',
      field: 'sysctl.net.ipv4.ip_forward',
    })
  })

  test('lo is brought up in a network of its own', () => {
    expect(stepsNamed(stepsOf(), 'loopback')).toHaveLength(1)
    expect(stepsNamed(stepsOf({ network: { mode: 'path', path: '/x' } }), 'loopback')).toEqual([])
  })
})

describe('paths and terminal', () => {
  test('the thermal counters of each processor belong to the masked paths of /sys', () => {
    const masked = (maskedPaths: string[]) => stepsNamed(stepsOf({ maskedPaths }), 'mask')[0]?.paths
    expect(masked(['/a', '/sys/devices/virtual/powercap'])).toEqual([
      '/a',
      '/sys/devices/virtual/powercap',
      '/sys/devices/system/cpu/cpu0/thermal_throttle',
      '/sys/devices/system/cpu/cpu1/thermal_throttle',
    ])
    expect(masked(['/a'])).toEqual(['/a'])
    expect(masked([])).toBeUndefined()
  })

  test('read-only paths are the command’s', () => {
    expect(only(stepsOf({ readonlyPaths: ['/a', '/b'] }), 'readonly').paths).toEqual(['/a', '/b'])
    expect(stepsNamed(stepsOf({ readonlyPaths: [] }), 'readonly')).toEqual([])
  })

  test('a terminal is of the new devpts, 24 by 80 unless given', () => {
    const { steps } = plan({ process: { terminal: true } })
    const pts = stepsNamed(steps, 'fsmount').find((one) => one.type === 'devpts')
    expect(only(steps, 'pty')).toEqual(
      step.pty({ slot: pts?.slot ?? -1, rows: 24, columns: 80, uid: 0, gid: 0 }),
    )
    const sized = { process: { terminal: true, consoleSize: { height: 5, width: 7 } } }
    expect(only(stepsOf(sized), 'pty')).toMatchObject({ rows: 5, columns: 7 })
    expect(only(stepsOf(sized), 'console').path).toBe('/dev/console')
    expect(stepsNamed(stepsOf(), 'pty')).toEqual([])
  })

  test('the mount label is on what the container has of its own', () => {
    const label = (input: object) =>
      stepsNamed(stepsOf(input), 'fsmount').filter((one) => one.options?.some(([key]) => key === 'context'))
    expect(label({ mountLabel: 'l' }).map((one) => one.type)).toEqual(['tmpfs', 'devpts', 'tmpfs', 'mqueue'])
    expect(label({})).toEqual([])
  })
})

test('an unknown container to share with is named by its field', () => {
  expect(() => plan({ namespaces: { pid: { container: 'gone' } } })).toThrow(
    expect.objectContaining({ field: 'namespaces.pid' }),
  )
})

test('the hint for refused namespaces is for the user at hand', () => {
  const hint = (host: typeof ROOT) => plan({}, { host }).about[0]?.hint
  expect(hint(ROOT)).toContain('outer sandbox')
  expect(hint(USER)).toContain('unprivileged_userns_clone')
})
