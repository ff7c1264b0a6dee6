/** Messages of a runtime's log in JSON, one object a line, that tell of a failure; those of other levels and other lines are left out. Pure. */
export function parseLog(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown }
      return typeof msg === 'string' && (level === 'error' || level === 'fatal') ? [msg] : []
    } catch {
      return []
    }
  })
}
