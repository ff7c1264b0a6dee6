/** A line of a log of LXC. */
export interface LogLine {
  readonly level: string
  /** The function that wrote it. */
  readonly where: string
  readonly message: string
}

/** What a log says that matters to this driver. */
export type LogEvent =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'problem'; readonly line: LogLine }

const LINE = /^\S+ \S+ \d{14}\.\d+ ([A-Z]+) +\S+ - (?:\S+:)?(\w+):\d+ - (.*)$/s

/** Reads a line "PROGRAM NAME TIME LEVEL CATEGORY - FILE:FUNCTION:NUMBER - MESSAGE" (log.c). Null for anything else. Pure. */
export function parseLogLine(text: string): LogLine | null {
  const [, level, where, message] = LINE.exec(text) ?? []
  return level === undefined || where === undefined || message === undefined
    ? null
    : { level, where, message }
}

const PROBLEMS: ReadonlySet<string> = new Set(['WARN', 'ERROR', 'CRIT', 'ALERT', 'FATAL'])

/**
 * What a line means: "started" is written by the monitor after the container's first process executed its program (start.c, post_start). Null for a line that says nothing of interest. Pure.
 */
export function parseLogEvent(text: string): LogEvent | null {
  const line = parseLogLine(text)
  if (line === null) return null
  const { where, message, level } = line
  if (where === 'post_start') {
    const pid = /^Started ".*" with pid "(\d+)"$/s.exec(message)?.[1]
    return pid === undefined ? null : { type: 'started', pid: Number(pid) }
  }
  // fails for an ordinary user where groups may not be set, and LXC goes on
  if (where === 'lxc_drop_groups') return null
  return PROBLEMS.has(level) ? { type: 'problem', line } : null
}

/** Splits what arrives in pieces into lines. A line longer than the limit is cut. */
export class LineReader {
  readonly #limit: number
  #rest = ''

  constructor(limit = 65536) {
    this.#limit = limit
  }

  /** The lines that are whole with this piece. */
  push(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-this.#limit)
    return lines
  }
}
