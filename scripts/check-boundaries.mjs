// Who may import what: the rules are in lib/boundaries.mjs, the reasons in docs/architecture.md.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { violation } from './lib/boundaries.mjs'
import { report, sourceFiles } from './lib/files.mjs'
import { importsOf } from './lib/imports.mjs'
import { root } from './lib/workspace.mjs'

const files = sourceFiles().filter(
  (file) => /\.(ts|mts|mjs|js)$/.test(file) && /^(packages|examples|bench|scripts)\//.test(file),
)
report(
  files.flatMap((file) =>
    importsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ specifier, line }) => {
      const reason = violation(file, specifier)
      return reason === undefined ? [] : [`${file}:${line}: import of '${specifier}': ${reason}`]
    }),
  ),
)
