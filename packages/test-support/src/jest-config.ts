import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Level, levelOf } from './levels.js'

/** Only to end a test that hangs, on a machine that is busy or emulated too. */
const TIMEOUT_MS = 120_000

/** What a run of one level of one package needs. */
export interface JestPlan {
  readonly config: object
  /** Test sources that have no compiled file. */
  readonly unbuilt: readonly string[]
  readonly files: readonly string[]
}

/**
 * Jest's configuration for the tests of one level. Compiled files are chosen by their sources, so that what is left in
 * dist-test of a source removed since does not run.
 */
export function jestPlan(folder: string, level: Level, filtered: boolean): JestPlan {
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string }
  const sources = testSources(join(folder, 'test')).filter((file) => levelOf(file) === level)
  const compiled = sources.map((file) =>
    join(folder, 'dist-test', relative(join(folder, 'test'), file).replace(/\.ts$/, '.js')),
  )
  const options = { package: name, level, filtered, file: join(folder, '.test-results', `${level}.json`) }
  return {
    files: compiled,
    unbuilt: sources.filter((_, index) => !existsSync(compiled[index] ?? '')),
    config: {
      rootDir: folder,
      testEnvironment: 'node',
      transform: {},
      testMatch: compiled,
      testTimeout: TIMEOUT_MS,
      reporters: ['default', [fileURLToPath(new URL('./reporter.js', import.meta.url)), options]],
      errorOnDeprecated: true,
    },
  }
}

function testSources(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
