import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, manifest, packageFolders, root, run, toolEnv } from './workspace.mjs'

const STAMP = join(root, 'node_modules', '.execd-installed')

/** Installs the npm packages of the lockfile, unless node_modules is already what the lockfile and the manifests say. */
export function installDependencies() {
  const wanted = fingerprint()
  if (isCurrent(wanted)) return
  requireWritable(root)
  const pnpm = manifest('.').packageManager
  process.stdout.write(`setup: installing npm packages with ${pnpm}\n`)
  // CI: never ask whether a node_modules folder of another tool may be replaced.
  const env = toolEnv({ CI: 'true' })
  const status = run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    env,
  })
  if (status !== 0) process.exit(status)
  writeFileSync(STAMP, wanted)
}

/** Ends with a sentence where the tree belongs to another user: every tool's own message would be a riddle. */
export function requireWritable(folder) {
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    fail(`setup: ${folder} is not writable for this user: work in a clone that belongs to this user`)
  }
}

function fingerprint() {
  const hash = createHash('sha256').update(process.arch)
  const files = packageFolders().map((folder) => `${folder}/package.json`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...files]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function isCurrent(wanted) {
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) return false
  return packageFolders().every((folder) => {
    const { dependencies, devDependencies } = manifest(folder)
    return (!dependencies && !devDependencies) || existsSync(join(root, folder, 'node_modules'))
  })
}
