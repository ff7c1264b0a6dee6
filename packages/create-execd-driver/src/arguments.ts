import { type Names, namesOf, UsageError } from './names.js'

/** What a command line asks for. */
export interface Arguments {
  readonly names: Names
  /** Folder to be made. Default: the name of the package without its scope, in the working folder. */
  readonly folder: string
}

export const USAGE = `usage: npm create execd-driver NAME [-- --dir FOLDER]

Makes a package with a driver for execd that builds and passes the conformance kit: NAME "foo" makes execd-driver-foo.

  --dir FOLDER   where (default: a new folder of the package's name)
  --help         this text
`

/**
 * Reads a command line. Pure.
 *
 * @throws UsageError
 */
export function parseArguments(args: readonly string[]): Arguments {
  const typed: string[] = []
  let folder: string | undefined
  for (let index = 0; index < args.length; index++) {
    const [name = '', inline] = (args[index] ?? '').split(/=(.*)/s)
    if (!name.startsWith('-')) {
      typed.push(args[index] ?? '')
      continue
    }
    if (name !== '--dir') throw new UsageError(`${name}: no such option`)
    folder = inline ?? args[++index]
    if (folder === undefined || folder === '') throw new UsageError('--dir: wanted a folder')
  }
  const [name, ...others] = typed
  if (name === undefined) throw new UsageError('wanted the name of a driver')
  if (others.length > 0) throw new UsageError(`wanted one name, got ${typed.join(' ')}`)
  const names = namesOf(name)
  return { names, folder: folder ?? (names.packageName.split('/').at(-1) as string) }
}
