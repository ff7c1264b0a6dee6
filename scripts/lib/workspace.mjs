import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of the workspace. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The environment of every tool that is started: the workspace's programs first on PATH, no telemetry. */
export function toolEnv(extra = {}) {
  return {
    ...process.env,
    PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    ...extra,
  }
}

/** Runs a program on the caller's terminal and returns its exit status; a signal gives 128 and more, as in a shell. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit', env: toolEnv(), ...options })
  if (result.error) throw new Error(`${program} cannot be started: ${result.error.message}`)
  return result.status ?? 128 + 15
}

/** Runs a program and gives what it printed, both streams in one text. */
export function capture(program, args, options = {}) {
  const defaults = { cwd: root, encoding: 'utf8', env: toolEnv(), maxBuffer: 64 * 1024 * 1024 }
  const result = spawnSync(program, args, { ...defaults, ...options })
  if (result.error) return { status: 127, stdout: '', output: result.error.message }
  return {
    status: result.status ?? 128 + 15,
    stdout: result.stdout,
    output: `${result.stdout}${result.stderr}`,
  }
}

/** The folders of all packages, relative to the root: what pnpm-workspace.yaml lists. */
export function packageFolders() {
  const below = (folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : []
  return [...below('packages'), ...below('examples'), 'bench']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
}

/** The manifest of the package in a folder relative to the root ('.' is the root's own). */
export function manifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

/** Ends the script with a message for a person. */
export function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
