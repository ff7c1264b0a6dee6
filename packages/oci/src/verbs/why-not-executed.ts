import type { ExecdError } from '@execd/core/driver'
import { interpreterOf, readHead } from '../host/interpreter.js'
import { lookupIn, type RootView, resolveIn } from '../host/root-view.js'
import { type FailedTool, programError } from '../runtime/failure.js'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Why the kernel did not execute a program that the runtime had found and handed over: nobody tells, so the file is looked at. That an interpreter is missing counts as
 * "not found", as in shells.
 */
export function whyNotExecuted(
  view: RootView,
  about: Pick<FailedTool, 'container' | 'exec' | 'program'> & { readonly path: string | undefined },
): ExecdError {
  const { program, path = DEFAULT_PATH } = about
  const candidates = program.includes('/')
    ? [program]
    : path.split(':').map((folder) => `${folder}/${program}`)
  for (const candidate of candidates) {
    const head = headOf(view, candidate)
    if (head === null) continue
    const interpreter = interpreterOf(head)
    if (typeof interpreter === 'string' && headOf(view, interpreter) === null)
      return programError(about, true, `its interpreter ${interpreter} is missing`, { interpreter })
    return programError(about, false, 'not a program for this machine (ENOEXEC)', { errno: 'ENOEXEC' })
  }
  return programError(about, false, 'the kernel refused it')
}

function headOf(view: RootView, path: string): Buffer | null {
  const real = path.startsWith('/') ? resolveIn(view, path) : null
  const found = real === null ? null : lookupIn(view, real)
  if (found?.kind !== 'file') return null
  try {
    return readHead(found.hostPath)
  } catch {
    return null
  }
}
