import { examine, type Finding } from '../doctor/examine.js'
import { reportOf } from '../doctor/report.js'
import { driversInReach } from '../drivers/chosen.js'
import { coloursFor } from '../output/colours.js'
import { print, printJson } from '../output/print.js'
import type { Action } from '../table/types.js'

export const action: Action = async ({ given }) => {
  const findings: Finding[] = []
  for (const driver of await driversInReach(given)) {
    const finding = await examine(given, driver, given.flag('run') !== false)
    findings.push(finding)
    if (!given.on('json')) await print(reportOf(finding, given.on('quiet'), coloursFor(process.stdout)))
  }
  if (given.on('json')) await printJson(findings)
  return findings.every(({ usable }) => usable) ? 0 : 1
}
