// Packs every published package as a release would, and looks at the tarballs: publint, types as users resolve them, and
// what the package managers get wrong now and then (licence, executable bit, versions of the workspace, build left-overs).
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report } from './lib/files.mjs'
import { capture, manifest, packageFolders, root } from './lib/workspace.mjs'

const HELPER = 'bin/execd-init'

/** The helper of another architecture is only built by the release. */
function isBuilt(folder) {
  const { files } = manifest(folder)
  return !files.includes(HELPER) || existsSync(join(root, folder, HELPER))
}

function pack(folder, target) {
  const before = new Set(readdirSync(target))
  const { status, output } = capture('pnpm', ['pack', '--pack-destination', target], {
    cwd: join(root, folder),
  })
  const made = readdirSync(target).find((name) => !before.has(name))
  return status === 0 && made ? { tarball: join(target, made) } : { problem: `pnpm pack failed: ${output}` }
}

function contentProblems(folder, tarball) {
  const problems = []
  const entries = capture('tar', ['-tvzf', tarball]).stdout.split('\n').filter(Boolean)
  const packed = JSON.parse(capture('tar', ['-xzOf', tarball, 'package/package.json']).stdout)
  const has = (path) => entries.some((entry) => entry.endsWith(` package/${path}`))
  if (!has('LICENSE')) problems.push('no LICENSE in the tarball')
  if (/"(workspace|catalog):/.test(JSON.stringify(packed)))
    problems.push('a workspace: or catalog: version in package.json')
  for (const entry of entries) {
    const made = entry.includes(' package/template/')
    if (/tsbuildinfo|node_modules|\.tgz$|\/dist-test\//.test(entry) || (/\.test\./.test(entry) && !made))
      problems.push(`left-over in the tarball: ${entry}`)
  }
  for (const entry of entries) {
    if (/ package\/bin\/(\S+\/)?execd-(init|keeper)$/.test(entry) && !entry.startsWith('-rwxr-xr-x'))
      problems.push(`not executable: ${entry}`)
  }
  for (const [name, version] of Object.entries(packed.optionalDependencies ?? {})) {
    if (!/^\d+\.\d+\.\d+/.test(version)) problems.push(`${name} must be pinned exactly, is ${version}`)
  }
  const scripts = Object.keys(packed.scripts ?? {}).filter((name) => /^(pre|post)?install$/.test(name))
  if (scripts.length > 0) problems.push(`install scripts: ${scripts.join(', ')}`)
  const stale = staleOutputs(folder)
  if (stale.length > 0) problems.push(`outputs without a source, run \`npm run clean\`: ${stale.join(', ')}`)
  return problems
}

/** tsc never removes what it wrote for a source that is gone; it would be published. */
function staleOutputs(folder) {
  const dist = join(root, folder, 'dist')
  if (!existsSync(dist)) return []
  const outputs = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'))
  return outputs.filter((name) => !existsSync(join(root, folder, 'src', name.replace(/\.js$/, '.ts'))))
}

function toolProblems(tarball, typed) {
  const problems = []
  const publint = capture('publint', ['run', tarball, '--strict'])
  if (publint.status !== 0) problems.push(`publint: ${publint.output}`)
  if (!typed) return problems
  const attw = capture('attw', [
    tarball,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--no-color',
    '--format',
    'ascii',
  ])
  if (attw.status !== 0) problems.push(`attw: ${attw.output}`)
  return problems
}

const target = mkdtempSync(join(tmpdir(), 'execd-pack-'))
const problems = []
try {
  for (const folder of packageFolders().filter((name) => !manifest(name).private)) {
    if (!isBuilt(folder)) {
      process.stdout.write(`${folder}: not built on this machine, not checked\n`)
      continue
    }
    const { tarball, problem } = pack(folder, target)
    const found = problem
      ? [problem]
      : [...contentProblems(folder, tarball), ...toolProblems(tarball, existsSync(join(root, folder, 'src')))]
    problems.push(...found.map((text) => `${folder}: ${text}`))
  }
} finally {
  rmSync(target, { recursive: true })
}
report(problems)
