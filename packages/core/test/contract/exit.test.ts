import { expect, test } from '@jest/globals'
import { lostStatus } from '../../dist/contract/exit.js'

test('of a process that was lost sight of nothing is known but the time', () => {
  expect(lostStatus(7)).toEqual({
    exitCode: null,
    signal: null,
    oom: null,
    usage: {
      wall: 7,
      cpu: { user: null, system: null },
      memory: { peak: null, maxRss: null },
      pids: { peak: null, refused: null },
    },
    cleanup: [],
    lost: true,
  })
})

test('what was left behind is told', () => {
  const cleanup = [{ step: 'remove the group', errno: 'EBUSY' }]
  expect(lostStatus(7, cleanup).cleanup).toEqual(cleanup)
})
