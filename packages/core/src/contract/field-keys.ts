import type { z } from 'zod'
import { commandSchema } from '../command/command.js'
import { alternatives, shapeOf } from '../command/schema-tree.js'
import { NOT_ASKED, RECORDS, VALUED_FIELDS, VERB_FIELDS } from './fields.js'

/** Other ways to write a field, gone in a resolved command. */
const REWRITTEN: ReadonlySet<string> = new Set(['resources.cpu.cpus'])

let keys: readonly string[] | undefined

/** Every key that `DriverCapabilities.fields` can have, in the order of the schema. */
export function fieldKeys(): readonly string[] {
  keys ??= Object.freeze([...new Set(walk('', commandSchema))])
  return keys
}

function walk(path: string, schema: z.core.$ZodType): string[] {
  if (NOT_ASKED.has(path) || REWRITTEN.has(path) || path in VERB_FIELDS) return []
  const values = VALUED_FIELDS[path]
  if (values !== undefined) return values.map((value) => `${path}=${value}`)
  const objects = RECORDS.has(path)
    ? []
    : alternatives(schema)
        .map(shapeOf)
        .filter((shape) => shape !== undefined)
  if (objects.length === 0) return [path]
  return objects.flatMap((shape) =>
    Object.entries(shape).flatMap(([name, inner]) => walk(path === '' ? name : `${path}.${name}`, inner)),
  )
}
