import { setTimeout as sleep } from 'node:timers/promises'
import type { Subject } from './subject.js'

const none = 'none'

/** Starts nothing and waits as long as a start takes: what the measurement itself and the machine add. */
export const nothing: Subject = {
  name: 'nothing',
  deeds: {
    namespaces: none,
    network: none,
    root: none,
    seccomp: none,
    capabilities: none,
    limits: none,
    devices: none,
    result: none,
  },
  passesStreams: false,
  prepare: async () => '',
  ready: async () => {},
  run: () => sleep(4),
  start: () => Promise.reject(new Error('there is nothing to start')),
  dispose: async () => {},
}
