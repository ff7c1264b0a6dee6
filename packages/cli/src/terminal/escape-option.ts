import { UsageError } from '../usage-error.js'

const DEFAULT = '~'

/** The byte that begins escapes, or null for none. Pure. */
export function escapeOf(text: string = DEFAULT): number | null {
  if (text === 'none') return null
  const byte = Buffer.from(text)
  if (byte.length === 1) return byte[0] ?? null
  throw new UsageError(`--escape: wanted one ASCII character or "none", got ${JSON.stringify(text)}`)
}
