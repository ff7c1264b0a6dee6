import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Packages that a new driver is developed with. This package has them as development dependencies, so that the template is checked with what it then gets. */
const TOOLS = ['@execd/conformance', '@execd/core', '@types/node', 'typescript'] as const

/** Version ranges of the development dependencies of a new package. */
export type Versions = Readonly<Record<(typeof TOOLS)[number], string>>

/** The versions in this package's own package.json, where packing has put exact ones; in the workspace those that are linked. */
export function toolVersions(): Versions {
  const require = createRequire(import.meta.url)
  const file = new URL('../package.json', import.meta.url)
  const { devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const version = (name: string): string => {
    const written = devDependencies[name] ?? ''
    return /^\d/.test(written) ? written : (require(`${name}/package.json`) as { version: string }).version
  }
  return Object.fromEntries(TOOLS.map((name) => [name, `^${version(name)}`])) as Versions
}
