import { findProgram, searchFolders } from '@execd/linux/programs'
import { ociError } from '../errors.js'
import type { CheckedOptions } from '../options.js'
import { runTool } from './run-tool.js'
import { neededVersion, parseVersion, type RuntimeVersion } from './version.js'

/** The runtime that is used. */
export interface Runtime extends RuntimeVersion {
  /** Its full path. */
  readonly path: string
}

const DEFAULTS = ['crun', 'runc']
const INSTALL =
  'install one: apt-get install crun (Debian, Ubuntu), dnf install crun (Fedora), apk add crun (Alpine)'

function search({ runtime, toolPath }: CheckedOptions): string {
  if (runtime?.startsWith('/') === true) return runtime
  const names = runtime === null ? DEFAULTS : [runtime]
  for (const name of names) {
    const path = findProgram(name, searchFolders(toolPath))
    if (path !== null) return path
  }
  throw ociError(
    'EXECD_HELPER_MISSING',
    `no OCI runtime is installed, or not where it was searched: ${names.join(', ')}`,
    {
      hint:
        runtime === null || DEFAULTS.includes(runtime) ? INSTALL : `install ${runtime}, or name another one`,
      details: { program: names[0] ?? '', step: 'find the runtime', searched: toolPath },
    },
  )
}

/**
 * Finds the runtime and asks for its version.
 *
 * @throws ExecdError EXECD_HELPER_MISSING; EXECD_HELPER_DAMAGED for what is no runtime; EXECD_HOST for one too old.
 */
export async function findRuntime(options: CheckedOptions): Promise<Runtime> {
  const path = search(options)
  const output = await runTool(path, ['--version'], options.toolPath)
  const version = parseVersion(output)
  if (version === null)
    throw ociError(
      'EXECD_HELPER_DAMAGED',
      `${path} does not tell its version: ${JSON.stringify(output.slice(0, 200))}`,
      {
        details: { program: path, args: ['--version'], output: output.slice(0, 200) },
      },
    )
  const needed = neededVersion(version)
  if (needed !== null)
    throw ociError('EXECD_HOST', `${version.text} is too old: ${needed} or later is needed`, {
      hint: 'upgrade it; runc 1.1.5 and crun 1.8.1 of Debian 12 are what this driver is tested with',
      details: { program: path, version: version.text },
    })
  return { ...version, path }
}
