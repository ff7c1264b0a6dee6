/** The levels of tests; each is a task of its own. */
export const LEVELS = ['unit', 'host', 'root'] as const

/**
 * unit: any machine, no rights. host: real kernel, as an ordinary user or root. root: real kernel, needs root.
 */
export type Level = (typeof LEVELS)[number]

/** True when the text names a level. */
export function isLevel(text: string | undefined): text is Level {
  return LEVELS.some((level) => level === text)
}

/** The level of a test source by its name: `x.host.test.ts`, `x.root.test.ts`, else unit; undefined for other files. */
export function levelOf(file: string): Level | undefined {
  if (!file.endsWith('.test.ts')) return undefined
  if (file.endsWith('.host.test.ts')) return 'host'
  if (file.endsWith('.root.test.ts')) return 'root'
  return 'unit'
}
