import { cpSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyPackages } from '@execd/test-support'

/** A copy of the driver, of all it needs and of scripts of the tests, that every user can read. */
export function portableCopy(to: string, scripts: readonly string[]): void {
  const here = dirname(fileURLToPath(import.meta.url))
  copyPackages({ '@execd/native': join(here, '../../..') }, to)
  writeFileSync(join(to, 'package.json'), '{ "type": "module" }')
  for (const script of scripts) cpSync(join(here, '..', script), join(to, script))
}
