import { basename, dirname } from 'node:path'
import { ExecdError, type ProcessIO } from '@execd/core/driver'
import { O_DIRECTORY, O_PATH, S_IFDIR } from '../linux/constants.js'
import { EXTRA_SLOT } from '../plan/ops.js'
import { step } from '../plan/steps.js'
import type { PlanParts } from './extend-plan.js'

/** An output that is kept in files of limited size. */
export interface OutputFile {
  readonly path: string
  readonly append: boolean
  readonly maxSize: number
  readonly maxFiles: number
  /** 1 and 2, or one of them. */
  readonly descriptors: readonly (1 | 2)[]
}

/** The outputs that are rotated; both into one file are one. Pure. Throws EXECD_INVALID_OPTION where they would rotate one file in two ways. */
export function outputFiles(io: ProcessIO): OutputFile[] {
  const files: OutputFile[] = []
  for (const descriptor of [1, 2] as const) {
    const stdio = descriptor === 1 ? io.stdout : io.stderr
    if (stdio.type !== 'file' || stdio.rotate === null) continue
    const { path, append } = stdio
    const file: OutputFile = { path, append, ...stdio.rotate, descriptors: [descriptor] }
    const index = files.findIndex((one) => one.path === path)
    const other = files[index]
    if (other === undefined) files.push(file)
    else files[index] = { ...sameRotation(other, file), descriptors: [1, 2] }
  }
  return files
}

function sameRotation(one: OutputFile, other: OutputFile): OutputFile {
  const keys = ['append', 'maxSize', 'maxFiles'] as const
  const key = keys.find((name) => one[name] !== other[name])
  if (key === undefined) return one
  throw new ExecdError(
    'EXECD_INVALID_OPTION',
    `stdio.stderr: wanted the same \`${key}\` as stdio.stdout, whose file it goes to, got ${other[key]}`,
    {
      details: { driver: 'native', path: 'stdio.stderr', got: String(other[key]), wanted: String(one[key]) },
    },
  )
}

/** The steps that give outputs to their files; `owner` as of pipes. Pure. */
export function outputSteps(
  files: readonly OutputFile[],
  owner: { readonly uid: number; readonly gid: number } | null,
): PlanParts['first'] {
  return files.flatMap(({ path, ...file }): PlanParts['first'] => {
    const about = {
      code: 'EXECD_START_FAILED',
      action: `open the output file ${path}`,
      hint: 'its folder must exist and be writable; where files are rotated, none of them may be a symbolic link or anything but a file',
    } as const
    const dir = EXTRA_SLOT
    const flags = O_PATH | O_DIRECTORY
    return [
      [about, step.open({ phase: 'host', slot: dir, flags, type: S_IFDIR, path: dirname(path) })],
      [about, step.log({ ...file, dir, file: basename(path), owner })],
    ]
  })
}
