import { readFileSync } from 'node:fs'
import { UsageError } from '../usage-error.js'

/** The text of a file that an option names; "-" is stdin. Throws UsageError. */
export function readText(option: string, path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // "ENOENT: no such file or directory, open 'x'"
    const words = message.replace(/^\w+: /, '').replace(/, \w+( '.*')?$/, '')
    throw new UsageError(`--${option}: could not read ${path}: ${words} (${code})`)
  }
}
