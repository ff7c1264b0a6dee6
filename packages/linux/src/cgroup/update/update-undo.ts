import { flatKeyed } from '../parse.js'
import type { LimitWrite } from '../types.js'

/** What to write for a device that a file has no line for: its limits or its weight are taken away again. */
const NO_LINE: Readonly<Record<string, string>> = {
  'io.max': 'rbps=max wbps=max riops=max wiops=max',
  'io.weight': 'default',
  'io.bfq.weight': 'default',
}

/** The value that puts a file back to `text`, what it holds before `write`; null when that cannot be written. Pure. */
export function oldValue(write: LimitWrite, text: string): string | null {
  if (write.file === 'memory.oom_control') return String(flatKeyed(text).oom_kill_disable ?? 0)
  const lines = text.split('\n').filter((line) => line !== '')
  const device = /^(\d+:\d+) /.exec(write.data)?.[1]
  if (device !== undefined) {
    return lines.find((line) => line.startsWith(`${device} `)) ?? `${device} ${NO_LINE[write.file] ?? '0'}`
  }
  if (lines[0]?.startsWith('default ')) return lines[0]
  return lines.length > 1 ? null : (lines[0] ?? '')
}
