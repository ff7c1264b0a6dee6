import { z } from 'zod'

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/**
 * Reads a size written for people into bytes: `64MiB`, `1.5g`, `512k`, `1000`. `k`, `m`, `g`, `t` alone are powers of 1024 as in
 * Docker and the kernel's memparse(); `KB`, `MB`, ... are powers of 1000, `KiB`, `MiB`, ... of 1024; letter case does not matter.
 * Returns undefined when the text is no size or not a whole number of bytes below 2^53.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = match === null ? undefined : SIZE_UNITS[(match[2] ?? '').toLowerCase()]
  if (match === null || unit === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * unit)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/**
 * Reads a time written for people into milliseconds: `1.5s`, `200ms`, `5m`, `2h`, and sums such as `1m30s`. A number alone has no
 * unit and is refused. Returns undefined when the text is no time.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim()
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(trimmed)) return undefined
  let total = 0
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)) {
    total += Number(amount) * (DURATION_UNITS[unit ?? ''] ?? Number.NaN)
  }
  return Number.isFinite(total) ? total : undefined
}

const SIZE_WANTED = 'a size in bytes, as a whole number or as text such as "64MiB", "512k" or "1g"'
const DURATION_WANTED = 'a time, as milliseconds or as text such as "1.5s", "200ms" or "2m"'

/** A schema for a size; the parsed value is bytes. `min` in bytes. */
export function size(options: { min?: number } = {}) {
  const min = options.min ?? 0
  return z
    .union([z.number().int().min(0), z.string()], { error: `wanted ${SIZE_WANTED}` })
    .transform((value, context) => {
      const bytes = typeof value === 'number' ? value : parseSize(value)
      if (bytes === undefined) {
        context.addIssue({ code: 'custom', message: `wanted ${SIZE_WANTED}`, input: value, continue: false })
        return z.NEVER
      }
      if (bytes < min) {
        context.addIssue({
          code: 'custom',
          message: `wanted at least ${min} bytes`,
          input: value,
          continue: false,
        })
        return z.NEVER
      }
      return bytes
    })
    .meta({ title: 'size' })
}

/** A schema for a time; the parsed value is milliseconds. */
export function duration() {
  return z
    .union([z.number().min(0), z.string()], { error: `wanted ${DURATION_WANTED}` })
    .transform((value, context) => {
      const milliseconds = typeof value === 'number' ? value : parseDuration(value)
      if (milliseconds === undefined) {
        context.addIssue({
          code: 'custom',
          message: `wanted ${DURATION_WANTED}`,
          input: value,
          continue: false,
        })
        return z.NEVER
      }
      return milliseconds
    })
    .meta({ title: 'time' })
}
