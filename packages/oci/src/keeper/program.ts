import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ociError } from '../errors.js'

/** Names another keeper than the one of this package, for those who build their own. */
export const KEEPER_PATH_VARIABLE = 'EXECD_KEEPER_PATH'

/** The keeper's program for this machine. Throws EXECD_HELPER_MISSING. */
export function keeperProgram(): string {
  const own = process.env[KEEPER_PATH_VARIABLE]
  const path =
    own === undefined || own === ''
      ? fileURLToPath(new URL(`../../bin/linux-${process.arch}/execd-keeper`, import.meta.url))
      : own
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch (cause) {
    throw ociError('EXECD_HELPER_MISSING', `the keeper is not there or cannot be executed: ${path}`, {
      hint: `this package has it for x64 and arm64; elsewhere build it with \`make\` in its folder helper, and name it in ${KEEPER_PATH_VARIABLE}`,
      details: { program: path, step: 'find the keeper' },
      cause,
    })
  }
}
