import { rmdirSync } from 'node:fs'
import { expect } from '@jest/globals'
import { groupsBelow, parentFolders } from '../support/host-state.js'
import { expectLimit, type FieldCase, type FieldCases, shows, whileRunning } from './field-case.js'
import { hasDeviceWeights, limits } from './limits.js'

const MIB = 1024 ** 2

/** Every limit, as the kernel's files have it. */
const inFiles: FieldCases = Object.fromEntries(
  Object.entries(limits).map(([field, limit]): [string, FieldCase] => {
    const seen = whileRunning({ resources: limit.resources }, ({ pid }) => expectLimit(pid, limit))
    const refused = field === 'resources.blockIO.weightDevice' && !hasDeviceWeights
    return [field, refused ? { ...seen, refusal: { code: 'EXECD_LIMIT', path: field } } : seen]
  }),
)

/** Every limit, by what the kernel says of it, and by its force where that is quick to see. */
export const resourceCases: FieldCases = {
  ...inFiles,
  'resources.memory.limit': {
    command: (suite) =>
      suite.command(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'], {
        resources: { memory: { limit: '16MiB' } },
      }),
    done: (result) => {
      expect(result).toMatchObject({ reason: 'oom', signal: 'SIGKILL', oom: { kills: 1, init: true } })
      expect(result.usage.memory.peak).toBeLessThanOrEqual(16 * MIB)
    },
  },
  'resources.cpu.cpusetCpus': shows(
    'grep Cpus_allowed_list /proc/self/status | cut -f2',
    { resources: { cpu: { cpusetCpus: '0' } } },
    '0',
  ),
  'resources.cpu.cpusetMems': shows(
    'grep Mems_allowed_list /proc/self/status | cut -f2',
    { resources: { cpu: { cpusetMems: '0' } } },
    '0',
  ),
  'resources.pids.limit': {
    command: (suite) =>
      suite.script('for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; wait', {
        resources: { pids: { limit: 5 } },
      }),
    done: (result) => {
      expect(result.stderr).toMatch(/can't fork/)
      expect(result.usage.pids).toMatchObject({ peak: 5 })
      expect(result.usage.pids.refused).toBeGreaterThan(0)
    },
  },
  cgroupParent: {
    command: (suite) => suite.command(['sleep', '1000'], { cgroupParent: `${suite.parent}/inner` }),
    live: ({ id }, suite) => {
      const groups = groupsBelow(`${suite.parent}/inner`)
      expect(groups.length).toBeGreaterThan(0)
      for (const group of groups) expect(group).toMatch(new RegExp(`${suite.parent}/inner/${id}$`))
    },
    after: (suite) => {
      for (const folder of parentFolders(`${suite.parent}/inner`)) rmdirSync(folder)
    },
  },
}
