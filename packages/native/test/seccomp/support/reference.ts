import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SeccompArg } from '../../../dist/seccomp/index.js'
import type { ResolvedProfile } from '../../../dist/seccomp/resolve.js'

const OPERATORS = ['', 'NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ']

/** A temporary folder with a program built from test/seccomp/ref. */
export function buildProgram(name: string, ...libraries: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'execd-seccomp-'))
  const source = fileURLToPath(new URL(`../../../test/seccomp/ref/${name}.c`, import.meta.url))
  const path = join(folder, name)
  execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-O1', '-o', path, source, ...libraries])
  return { path, folder, remove: () => rmSync(folder, { recursive: true }) }
}

export interface Reference {
  readonly program: Buffer
  /** Calls that this libseccomp does not know. */
  readonly unknown: ReadonlySet<string>
}

/** What libseccomp makes of a profile. Rules that do what happens anyway are left out, as runc does. */
export function referenceFilter(
  path: string,
  profile: ResolvedProfile,
  arches: readonly string[],
): Reference {
  const rules = [...profile.rules].flatMap(([name, list]) =>
    list
      .filter((rule) => rule.ret !== profile.defaultRet)
      .map((rule) => ['rule', rule.ret, name, ...rule.args.flatMap(condition)].join(' ')),
  )
  const lines = [
    `default ${profile.defaultRet}`,
    ...arches.map((arch) => `arch ${arch}`),
    'rules',
    ...rules,
    '',
  ]
  const { status, stdout, stderr } = spawnSync(path, { input: lines.join('\n') })
  if (status !== 0) throw new Error(`reference: ${stdout}${stderr}`)
  return { program: stdout, unknown: new Set(String(stderr).split('\n').filter(Boolean)) }
}

function condition(arg: SeccompArg): (number | string)[] {
  const operator = OPERATORS.indexOf(arg.op.replace('SCMP_CMP_', ''))
  return [arg.index, operator, String(BigInt(arg.value)), String(BigInt(arg.valueTwo ?? 0))]
}
