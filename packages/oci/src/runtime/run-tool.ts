import { execFile } from 'node:child_process'
import { ociError } from '../errors.js'

const TIMEOUT_MS = 10_000
const TAIL = 2000

/** The environment of runtimes: theirs only, never that of this process. XDG_RUNTIME_DIR is where an ordinary user's runtime keeps files of its own. */
export function toolEnvironment(toolPath: string): Record<string, string> {
  const { XDG_RUNTIME_DIR } = process.env
  return {
    PATH: toolPath,
    LC_ALL: 'C',
    HOME: '/',
    ...(XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR }),
  }
}

/** Runs a runtime to its end and gives what it wrote to stdout. Rejects with EXECD_TIMEOUT when it does not end, else EXECD_START_FAILED, with its last lines. */
export function runTool(program: string, args: readonly string[], toolPath: string): Promise<string> {
  const options = {
    env: toolEnvironment(toolPath),
    cwd: '/',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 1024 * 1024,
  } as const
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout)
        return
      }
      const output = `${stdout}\n${stderr}`.trim().slice(-TAIL)
      const late = error.killed === true
      const how = late
        ? `did not end in ${TIMEOUT_MS} ms`
        : error.signal != null
          ? `was ended by ${error.signal}`
          : typeof error.code === 'number'
            ? `ended with ${error.code}`
            : `could not be run: ${error.code ?? error.message}`
      reject(
        ociError(
          late ? 'EXECD_TIMEOUT' : 'EXECD_START_FAILED',
          `${program} ${how}${output === '' ? '' : `: ${output}`}`,
          { details: { program, args, step: `run ${program}`, output }, cause: error },
        ),
      )
    })
  })
}
