/** The characters that bars and plots are drawn with. */
export interface Ink {
  readonly full: string
  readonly empty: string
  /** From nothing to full. */
  readonly steps: string
}

const BLOCKS: Ink = { full: '█', empty: '░', steps: ' ▁▂▃▄▅▆▇█' }
const ASCII: Ink = { full: '#', empty: '.', steps: ' .:-=+*#%@' }

/** Blocks where the locale is one of UTF-8, else ASCII. Pure. */
export function inkFor({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): Ink {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') ? BLOCKS : ASCII
}

/** A bar of so many characters. Pure. */
export function bar(fraction: number, width: number, { full, empty }: Ink): string {
  const filled = Math.round(clamped(fraction) * width)
  return full.repeat(filled) + empty.repeat(width - filled)
}

/** The last values, each from 0 to 1, one character each, with blanks before the first one. What is not nothing is seen. Pure. */
export function plot(values: readonly number[], width: number, { steps }: Ink): string {
  const last = steps.length - 1
  const marks = values.slice(-width).map((value) => {
    const step = Math.round(clamped(value) * last)
    return steps[step === 0 && value > 0 ? 1 : step]
  })
  return marks.join('').padStart(width)
}

function clamped(fraction: number): number {
  return Math.min(1, Math.max(0, fraction))
}
