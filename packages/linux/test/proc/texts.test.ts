import { constants } from 'node:os'
import { parseMembership, signalName } from '@execd/linux/proc'
import { expect, test } from '@jest/globals'

test('the groups of a process by controller', () => {
  expect(parseMembership('4:cpu,cpuacct:/a\n1:name=systemd:/s\n0::/b:c\nnothing\n')).toEqual({
    cpu: '/a',
    cpuacct: '/a',
    'name=systemd': '/s',
    '': '/b:c',
  })
})

test('names of signals: the usual one of several, and those of real time', () => {
  expect([1, 6, 9, 15, 17, 29].map(signalName)).toEqual([
    'SIGHUP',
    'SIGABRT',
    'SIGKILL',
    'SIGTERM',
    'SIGCHLD',
    'SIGIO',
  ])
  expect([34, 37, 64].map(signalName)).toEqual(['SIGRTMIN+0', 'SIGRTMIN+3', 'SIGRTMIN+30'])
  for (const [name, number] of Object.entries(constants.signals))
    expect(constants.signals[signalName(number)]).toBe(constants.signals[name as NodeJS.Signals])
})
