import { expect, test } from '@jest/globals'
import { buildRunPlan } from '../../dist/isolation/run-plan.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { commandOf, groupsOf, RANGES, runInput, stepsNamed, V1, V2 } from './support/inputs.js'

const plan = (command: Readonly<Record<string, unknown>>, more: Parameters<typeof runInput>[1] = {}) =>
  buildRunPlan(runInput(commandOf(command), more))

test('as many mounts as a command may have fit, with all the rest', () => {
  const mounts = Array.from({ length: 256 }, (_, index) => ({
    type: 'bind',
    source: `/srv/${index}`,
    destination: `/mnt/${index}`,
  }))
  for (const more of [{ cgroup: groupsOf(V1) }, { cgroup: groupsOf(V2), userNamespace: RANGES }]) {
    const { steps } = plan({ mounts, rootfs: { type: 'host' }, process: { terminal: true } }, more)
    expect(stepsNamed(steps, 'mount').filter((one) => one.target.startsWith('/mnt/'))).toHaveLength(256)
    expect(() => encodePlan(steps)).not.toThrow()
  }
})

test('too many steps are an error that names what asks for them, before anything is made', () => {
  const sysctl = Object.fromEntries(
    Array.from({ length: 1100 }, (_, index) => [`net.ipv4.conf.eth${index}.forwarding`, '1']),
  )
  expect(() => plan({ sysctl })).toThrow(
    expect.objectContaining({
      code: 'EXECD_INVALID_COMMAND',
      details: expect.objectContaining({ path: 'sysctl' }),
    }),
  )
})
