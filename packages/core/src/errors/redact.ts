/** What stands for a value that must not be printed. */
export const HIDDEN = '[hidden]'

const MAX_SHOWN = 80
const SECRET_PATH = /(^|\.)env(\.|\[|$)/

/** Whether the values at this path may be secret: environments of processes and hooks are never printed. */
export function isSecret(path: string): boolean {
  return SECRET_PATH.test(path)
}

/**
 * A value in words short enough for a message. Objects and arrays are named, not printed, so that nothing inside them shows; what is at a secret path is
 * hidden.
 */
export function showValue(path: string, value: unknown): string {
  if (value === undefined) return 'nothing'
  if (isSecret(path)) return HIDDEN
  if (typeof value === 'string')
    return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}...` : value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'object') return objectName(value)
  return typeof value === 'bigint' ? `${value}n` : `a ${typeof value}`
}

function objectName(value: object): string {
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1)
  return name === 'Object' ? 'an object' : `an object of class ${name}`
}
