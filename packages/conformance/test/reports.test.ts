import { jsonReport, markdownReport, type Report, tableReport } from '@execd/conformance'
import { expect, test } from '@jest/globals'

const report: Report = {
  driver: 'sample',
  results: [
    { id: 'exit.codes', title: 'codes', status: 'passed', milliseconds: 3, reason: null },
    { id: 'exit.killed', title: 'killed', status: 'failed', milliseconds: 4, reason: 'two\nlines' },
    { id: 'env.others', title: 'others', status: 'excepted', milliseconds: 2, reason: 'it sets one' },
    { id: 'manifest.plain', title: 'plain', status: 'passed', milliseconds: 1, reason: null },
    { id: 'pause.again', title: 'again', status: 'skipped', milliseconds: 0, reason: 'not declared' },
  ],
}

test('the table counts by group and gives every reason', () => {
  expect(tableReport(report)).toBe(`driver sample

group            passed   failed excepted  skipped
manifest              1        0        0        0
exit                  1        1        0        0
env                   0        0        1        0
pause                 0        0        0        1
all                   2        1        1        1

failed:
  exit.killed: two
    lines

excepted, as the driver declares:
  env.others: it sets one

skipped, by what the driver declares:
  pause.again: not declared
`)
})

test('the Markdown has a badge for each group', () => {
  expect(markdownReport(report)).toBe(`# Conformance of driver sample

| Group | | Passed | Failed | Excepted | Not declared |
| --- | --- | ---: | ---: | ---: | ---: |
| manifest | ✅ pass | 1 | 0 | 0 | 0 |
| exit | ❌ fail | 1 | 1 | 0 | 0 |
| env | ☑️ exceptions | 0 | 0 | 1 | 0 |
| pause | ➖ not declared | 0 | 0 | 0 | 1 |
| **all** | ❌ fail | 2 | 1 | 1 | 1 |

Exceptions that the driver declares:

- \`env.others\`: it sets one
`)
})

test('the JSON holds everything and the counts', () => {
  expect(JSON.parse(jsonReport(report))).toEqual({
    ...report,
    counts: { passed: 2, failed: 1, excepted: 1, skipped: 1 },
  })
})
