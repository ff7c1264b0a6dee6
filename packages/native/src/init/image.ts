import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ExecdError } from '@execd/core/driver'
import { WHEN_BUNDLED } from '../sys/bundled.js'
import { SyscallError, type Syscalls } from '../sys/syscalls.js'
import { errnoName } from './errno.js'

/** Names another helper program than the one of the platform package, for those who build their own. */
export const INIT_PATH_VARIABLE = 'EXECD_INIT_PATH'

function packageName(): string {
  return `@execd/native-init-linux-${process.arch}`
}

function missing(cause: unknown): ExecdError {
  const name = packageName()
  return new ExecdError('EXECD_HELPER_MISSING', `the init helper is not installed: no package ${name}`, {
    hint: `npm install ${name} (npm leaves it out with --omit=optional or --no-optional, and when node_modules was copied from another platform), or set ${INIT_PATH_VARIABLE}; ${WHEN_BUNDLED}`,
    details: { driver: 'native' },
    cause,
  })
}

function damaged(path: string, why: string): ExecdError {
  return new ExecdError('EXECD_HELPER_DAMAGED', `the init helper ${path} is damaged: ${why}`, {
    hint: `install ${packageName()} again: npm install --force ${packageName()}`,
    details: { driver: 'native', program: path },
  })
}

/** Where the helper is. Throws EXECD_HELPER_MISSING. */
export function locateInit(override: string | null): string {
  const path = override ?? process.env[INIT_PATH_VARIABLE]
  if (path !== undefined && path !== '') return path
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName()}/package.json`)
    return join(dirname(manifest), 'bin', 'execd-init')
  } catch (error) {
    throw missing(error)
  }
}

/** Reads the helper and, where a checksum lies beside it, compares. Rejects with EXECD_HELPER_MISSING or EXECD_HELPER_DAMAGED. */
export async function readInit(path: string): Promise<Buffer> {
  let program: Buffer
  try {
    program = await readFile(path)
  } catch (error) {
    throw missing(error)
  }
  if (program.subarray(0, 4).toString('latin1') !== '\x7fELF') throw damaged(path, 'it is not an ELF program')
  let expected: string | undefined
  try {
    expected = (await readFile(`${path}.sha256`, 'utf8')).trim().split(/\s/)[0]
  } catch {
    return program // a helper of the user's own has no checksum
  }
  const actual = createHash('sha256').update(program).digest('hex')
  if (actual !== expected) throw damaged(path, 'its checksum differs')
  return program
}

/** Puts the helper into sealed memory, so that no container can overwrite the program that starts the next (CVE-2019-5736). */
export function sealInit(sys: Syscalls, program: Buffer): number {
  try {
    return sys.sealedMemfd('execd-init', program)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    throw new ExecdError(
      'EXECD_HOST',
      `could not put the init helper into sealed memory: ${error.syscall}: ${errnoName(error.errno)}`,
      {
        hint: 'sysctl vm.memfd_noexec must not be 2',
        details: { driver: 'native', syscall: error.syscall, errno: errnoName(error.errno) },
      },
    )
  }
}
