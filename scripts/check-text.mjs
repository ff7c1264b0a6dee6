// What no file may hold: paths of somebody's machine, registry hosts, numbers of this project's issues (they mean
// nothing to a reader of the package), and files too long to be read in one go.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { report, sourceFiles } from './lib/files.mjs'
import { root } from './lib/workspace.mjs'

const CAPS = { '.ts': 300, '.mjs': 300, '.c': 400, '.h': 400 }
const CHECKOUT_FOLDERS = ['work', 'workspace', 'workspaces', 'builds', 'home/runner', 'Users']
const UPSTREAM = ['libuv', 'node', 'linux', 'glibc', 'musl', 'runc', 'crun', 'lxc', 'koffi', 'jest']
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const here = [root, homedir().length > 6 ? homedir() : root].map(quoted)

const RULES = [
  {
    what: 'a path of somebody’s machine',
    pattern: new RegExp(`(?<![\\w.$}*-])/(?:${CHECKOUT_FOLDERS.join('|')})/\\w`),
  },
  { what: 'a path of this machine', pattern: new RegExp(`(?:${here.join('|')})(?![\\w-])`) },
  {
    what: 'a registry host',
    pattern: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bnpm\.pkg\.[a-z]+|\bdeb\.debian\.[a-z]+/i,
  },
  {
    // A bug of another project that forces a line may be named, with the project before it: 'libuv issue 4992'.
    what: 'an issue number',
    pattern: new RegExp(
      `(?<![\\w&/$\\\\]|\\]\\()#[1-9]\\d{0,4}\\b(?![-\\w.]*;)|(?<!\\b(?:${UPSTREAM.join('|')}) )\\b(?:issue|bug|PR|pull request) #?\\d+\\b`,
      'i',
    ),
  },
]

const longFiles = JSON.parse(readFileSync(join(root, 'scripts/long-files.json'), 'utf8'))
const binary = (text) => text.includes('\0')
const skipped = (file) => /(^|\/)(pnpm-lock\.yaml|CHANGELOG\.md)$|\.(svg|png)$/.test(file)

function textProblems(file, lines) {
  return lines.flatMap((line, index) =>
    RULES.filter(({ pattern }) => pattern.test(line)).map(
      ({ what }) => `${file}:${index + 1}: ${what}: ${line.trim().slice(0, 100)}`,
    ),
  )
}

function lengthProblems(file, lines) {
  const cap = CAPS[/\.\w+$/.exec(file)?.[0]]
  const length = lines.at(-1) === '' ? lines.length - 1 : lines.length
  if (cap === undefined || length <= cap || file in longFiles) return []
  return [`${file}: ${length} lines, more than ${cap}: split it, or give a reason in scripts/long-files.json`]
}

const problems = []
const files = sourceFiles()
for (const file of files.filter((name) => !skipped(name))) {
  const text = readFileSync(join(root, file), 'utf8')
  if (binary(text)) continue
  const lines = text.split('\n')
  problems.push(...textProblems(file, lines), ...lengthProblems(file, lines))
}
for (const [file, reason] of Object.entries(longFiles)) {
  if (!files.includes(file)) problems.push(`scripts/long-files.json: there is no ${file}`)
  if (typeof reason !== 'string' || reason.length < 20)
    problems.push(`scripts/long-files.json: ${file} needs a reason`)
}
report(problems)
