import { readFileSync } from 'node:fs'
import { print } from './print.js'

/** The version of this package. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

export async function printVersion(): Promise<number> {
  await print(`${version()}\n`)
  return 0
}
