import { describe, expect, test } from '@jest/globals'
import { aims } from '../dist/report/aims.js'
import { grid } from '../dist/report/grid.js'
import { json } from '../dist/report/json.js'
import { rowsOf } from '../dist/report/results.js'
import { pictures } from '../dist/report/svg.js'
import { table } from '../dist/report/table.js'
import { RESULTS } from './sample-results.js'

const rows = rowsOf(RESULTS)
const row = (measure: string, node: string, subject: string) =>
  rows.find((one) => one.measure === measure && one.node === node && one.subject === subject)

describe('rowsOf', () => {
  test('compares with the base of the same measure in the same kind of Node', () => {
    expect(row('start', 'idle', 'native')?.ratio).toBe(2)
    expect(row('start', 'big', 'native')?.ratio).toBe(0.25)
  })

  test('has no ratio where the base was not measured, or the metric is not for comparing', () => {
    expect(row('event-loop', 'idle', 'native')?.ratio).toBeNull()
    expect(row('memory', 'fresh', 'native')?.ratio).toBeNull()
  })
})

describe('aims', () => {
  test('measures what it can and says null for the rest', () => {
    const found = new Map(aims(rows).map(({ what, measured }) => [what, measured]))
    expect(found.get('start to exit, idle Node, against child_process')).toBe(2)
    expect(found.get('start to exit, Node with 400 MB, against child_process')).toBe(0.25)
    expect(found.get('start to exit, idle Node, against crun')).toBeNull()
    expect(found.get('helper kept for a container, one alive')).toBe(120.4)
  })
})

describe('table', () => {
  const text = table(RESULTS)

  test('has median, spread and ratio of both kinds of Node in one line', () => {
    expect(text).toMatch(/^native +4\.00 +4\.00-4\.00 +2\.00 +3 +5\.00 +5\.00-5\.00 +0\.25 +1$/m)
  })

  test('shows the far end where that matters', () => {
    expect(text).toMatch(/^native +0\.20 +8\.82 +9\.00 +- +3$/m)
  })

  test('says who could not run and who dropped out, and why', () => {
    expect(text).toContain('not measured: crun: crun is not installed')
    expect(text).toContain('not in stream: native: the pipe broke')
  })

  test('says of each aim whether it was reached', () => {
    expect(text).toMatch(/^ *start to exit, idle Node, against child_process +2\.00 x +2\.00 x +reached$/m)
    expect(text).toMatch(/p99, idle Node +1\.00 ms +8\.82 ms +not reached$/m)
  })

  test('is still a text when nothing was measured', () => {
    expect(table({ ...RESULTS, series: [], absences: [] })).toContain('Linux 6.1')
  })
})

describe('grid', () => {
  test('sets numbers to the right and texts to the left', () => {
    expect(
      grid([
        ['name', 'ms', 'note'],
        ['a', '10.5', 'long text'],
        ['bb', '9', 'x'],
      ]),
    ).toEqual(['name    ms  note', 'a     10.5  long text', 'bb       9  x'])
  })
})

describe('json', () => {
  test('holds every sample beside its statistics', () => {
    const parsed = JSON.parse(json(RESULTS))
    expect(parsed.format).toBe(1)
    expect(parsed.measures).toHaveLength(RESULTS.series.length)
    expect(parsed.measures[0]).toMatchObject({
      subject: 'child_process',
      samples: [1, 2, 3],
      summary: { median: 2 },
    })
    expect(parsed.machine.cpu).toBe('A & B')
  })
})

describe('pictures', () => {
  const picture = pictures(RESULTS).get('start') ?? ''
  const widths = [...picture.matchAll(/<rect x="120" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  )

  test('draws one bar for each subject and kind of Node, to scale', () => {
    const [bare = 0, bareBig = 0, native = 0, nativeBig = 0] = widths
    expect(widths).toHaveLength(4)
    expect(native / bare).toBeCloseTo(2)
    expect(bareBig / nativeBig).toBeCloseTo(4)
  })

  test('is well formed: what a machine calls itself is escaped', () => {
    expect(picture).toContain('A &amp; B')
    expect(picture.match(/<text /g)).toHaveLength(picture.match(/<\/text>/g)?.length ?? -1)
    expect(picture.trimEnd().endsWith('</svg>')).toBe(true)
  })
})
