import { commandJsonSchema } from '../../dist/command/json-schema.js'

interface Node {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly items?: Node
}

/** A field of the JSON Schema: its path with "[]" for an item of an array, and whether it has a description. */
export interface Field {
  readonly path: string
  readonly described: boolean
}

/** Every field of the JSON Schema, those of all alternatives. */
export function schemaFields(): Field[] {
  return [...inner('', commandJsonSchema() as Node)]
}

function* inner(path: string, node: Node): Generator<Field> {
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const place = path === '' ? name : `${path}.${name}`
    if (field.const === undefined) yield { path: place, described: (field.description ?? '') !== '' }
    yield* inner(place, field)
  }
  for (const choice of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) yield* inner(path, choice)
  if (node.items !== undefined) yield* inner(`${path}[]`, node.items)
}
