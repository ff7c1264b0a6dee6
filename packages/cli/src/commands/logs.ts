import type { Writable } from 'node:stream'
import { untilEnded } from '../detached/ending.js'
import { findOne } from '../detached/find.js'
import type { Known } from '../detached/known.js'
import { Records } from '../detached/records.js'
import { Failure } from '../failure.js'
import { copyOutput } from '../output/copy-output.js'
import type { Action, Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'

const STREAMS = ['stdout', 'stderr'] as const

export const action: Action = async ({ given, operands: [word = ''] }) => {
  const tail = tailOf(given)
  const known = await findOne(given, word)
  const follow = given.on('follow') ? untilEnded(given, known) : false
  const only = STREAMS.filter((name) => given.on(name))
  const files = (only.length === 0 ? STREAMS : only).flatMap((name) => fileOf(known, name))
  if (files.length === 0)
    throw new Failure(`the output of container ${known.id} is in no file`, 'execd run -d keeps it in files')
  await Promise.all(files.map(({ path, target }) => copyOutput(path, target, { follow, tail })))
  return 0
}

function tailOf(given: Given): number | null {
  const text = given.text('tail')
  if (text === undefined || text === 'all') return null
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(`--tail: wanted a number of lines, got ${JSON.stringify(text)}`)
}

function fileOf(
  { io, record, id }: Known,
  name: (typeof STREAMS)[number],
): { path: string; target: Writable }[] {
  const target = process[name]
  const stdio = io?.[name]
  if (stdio?.type === 'file') return [{ path: stdio.path, target }]
  return io === null && record !== null ? [{ path: new Records().outputFile(id, name), target }] : []
}
