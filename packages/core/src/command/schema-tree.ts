import type { z } from 'zod'

/** A schema of any kind, told apart by `_zod.def.type`. */
export type AnySchema = z.core.$ZodTypes

/** The schema inside wrappers that change no structure (default, nullable, optional, and the input of a transform). */
export function unwrap(schema: z.core.$ZodType): AnySchema {
  const any = schema as AnySchema
  const def = any._zod.def
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'optional':
    case 'readonly':
      return unwrap(def.innerType)
    case 'pipe':
      return unwrap(def.in)
    default:
      return any
  }
}

/** The alternatives of a union, those of unions in it included; of any other schema, the schema itself. */
export function alternatives(schema: z.core.$ZodType): AnySchema[] {
  const inner = unwrap(schema)
  const def = inner._zod.def
  return def.type === 'union' ? def.options.flatMap(alternatives) : [inner]
}

/** The fields of an object schema, or undefined for anything else. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const def = unwrap(schema)._zod.def
  return def.type === 'object' ? def.shape : undefined
}

/** Every field name that may stand in the object at the path, over all alternatives. */
export function namesAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const [head, ...rest] = path
  const found = alternatives(schema).flatMap((choice): string[] => {
    const def = choice._zod.def
    if (head === undefined) return Object.keys(shapeOf(choice) ?? {})
    if (def.type === 'array') return namesAt(def.element, rest)
    if (def.type === 'record') return namesAt(def.valueType, rest)
    const next = shapeOf(choice)?.[String(head)]
    return next === undefined ? [] : namesAt(next, rest)
  })
  return [...new Set(found)]
}
