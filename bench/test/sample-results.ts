import type { Metric, NodeKind } from '../dist/measures/measure.js'
import type { Results, Series } from '../dist/report/results.js'

const TIME: Metric = {
  key: 'ms',
  title: 'start to exit',
  unit: 'ms',
  digits: 2,
  better: 'lower',
  tail: false,
  compare: true,
}
const GAP: Metric = { ...TIME, key: 'gap', title: 'longest block', tail: true }
const KEPT: Metric = { ...TIME, key: 'kept-1', title: 'memory', unit: 'kB', digits: 0, compare: false }

const series = (
  measure: string,
  metric: Metric,
  node: NodeKind,
  subject: string,
  samples: number[],
): Series => ({ measure, metric, node, subject, samples })

const DEEDS = {
  namespaces: 'some',
  network: 'own',
  root: 'own',
  seccomp: 'a <filter>',
  capabilities: 'few',
  limits: 'memory',
  devices: 'few',
  result: 'all',
}

/** Results as a run gives them, made up, with numbers that are easy to follow. */
export const RESULTS: Results = {
  machine: {
    kernel: '6.1',
    arch: 'x64',
    cpu: 'A & B',
    cpus: 2,
    memoryMiB: 1024,
    node: 'v20.19.0',
    uv: '1.46.0',
    cgroups: 'v2',
    root: true,
    loadAtStart: 0.5,
    date: '2026-01-02',
  },
  nodes: { idle: 60, big: 460 },
  notes: ['a note'],
  base: 'child_process',
  subjects: [
    { name: 'child_process', version: '', reason: null, deeds: DEEDS },
    { name: 'native', version: '1.0', reason: null, deeds: DEEDS },
    { name: 'crun', version: null, reason: 'crun is not installed', deeds: DEEDS },
  ],
  series: [
    series('start', TIME, 'idle', 'child_process', [1, 2, 3]),
    series('start', TIME, 'idle', 'native', [4, 4, 4]),
    series('start', TIME, 'big', 'child_process', [20]),
    series('start', TIME, 'big', 'native', [5]),
    series('event-loop', GAP, 'idle', 'native', [0.1, 0.2, 9]),
    series('memory', KEPT, 'fresh', 'child_process', [0]),
    series('memory', KEPT, 'fresh', 'native', [120.4]),
  ],
  absences: [{ measure: 'stream', subject: 'native', reason: 'the pipe broke' }],
  seconds: 12,
}
