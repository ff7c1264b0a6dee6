import { relative, resolve } from 'node:path'
import { parseArguments, USAGE } from './arguments.js'
import { createPackage } from './create.js'
import { UsageError } from './names.js'
import { toolVersions } from './versions.js'

/** The command `create-execd-driver`. Gives the exit code: 0, 1 when files could not be written, 2 when the command line is wrong. */
export function main(args: readonly string[]): number {
  if (args.includes('--help')) {
    process.stdout.write(USAGE)
    return 0
  }
  try {
    const { names, folder } = parseArguments(args)
    const files = createPackage(folder, names, toolVersions())
    process.stdout.write(nextSteps(names.packageName, folder, files))
    return 0
  } catch (error) {
    const words = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
    process.stderr.write(`create-execd-driver: ${words}\n`)
    if (!(error instanceof UsageError)) return 1
    process.stderr.write(`\n${USAGE}`)
    return 2
  }
}

function nextSteps(packageName: string, folder: string, files: readonly string[]): string {
  const path = relative(process.cwd(), resolve(folder))
  const enter =
    path === '' ? '' : `  cd ${/^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}\n`
  return `${packageName}: ${files.length} files in ${path === '' ? 'this folder' : path}

${enter}  npm install
  npm test                      builds, and runs the conformance kit: it passes from the beginning
  grep -rn TODO src test        where to go on

Tests need Linux, unshare (util-linux) and a static busybox (Debian: busybox-static).
`
}
