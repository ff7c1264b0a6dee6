import type { ProcessIdentity } from '@execd/linux/proc'

/** What a monitor wrote down of itself and its child before the command ran (step `record`). */
export interface ProcessRecord {
  /** What the plan put before it. */
  readonly prefix: string
  readonly monitor: ProcessIdentity
  readonly child: ProcessIdentity
}

/** The records in a text, without lines that are none or not whole. Pure. */
export function parseRecords(text: string): ProcessRecord[] {
  return text.split('\n').flatMap((line) => {
    const [, prefix, monitor, monitorStart, child, childStart] =
      /^(.*?)(\d+) (\d+) (\d+) (\d+)$/.exec(line) ?? []
    if (prefix === undefined || monitor === undefined || child === undefined) return []
    const identity = (pid: string, start = '0'): ProcessIdentity => ({
      pid: Number(pid),
      startTime: BigInt(start),
    })
    return [{ prefix, monitor: identity(monitor, monitorStart), child: identity(child, childStart) }]
  })
}
