import { z } from 'zod'
import { commandSchema } from './command.js'

/**
 * The JSON Schema (draft 2020-12) of a command as callers write it. Rules over several fields, and what a text must be beyond a pattern, are in the descriptions
 * only: `resolveCommand` is the judge.
 */
export function commandJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(commandSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod
      // Left out by zod where the inner schema converts its value; all of ours may be written as they are.
      if (def.type === 'default') jsonSchema.default = def.defaultValue as never
    },
  })
  const { $schema, ...rest } = schema
  return { $schema, title: 'execd command', ...rest }
}
