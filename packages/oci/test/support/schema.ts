import { readdirSync, readFileSync } from 'node:fs'
import { type OciSpec, toJson } from '@execd/oci'
import type { ValidateFunction } from 'ajv'
import Ajv from 'ajv-draft-04'

const folder = new URL('../../test/schema/', import.meta.url)

/** Some references in defs.json lack the slash that makes them pointers. */
function read(name: string): object {
  const text = readFileSync(new URL(name, folder), 'utf8')
  return JSON.parse(text.replaceAll('"#definitions/', '"#/definitions/')) as object
}

function compile(): ValidateFunction {
  const ajv = new Ajv.default({ strict: false, allErrors: true })
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  for (const name of files) ajv.addSchema(read(name), name)
  const validate = ajv.getSchema('config-schema.json')
  if (validate === undefined) throw new Error('no schema')
  return validate
}

let validate: ValidateFunction | undefined

/** What the official schema says against a configuration, as it is written to config.json. */
export function schemaErrors(spec: OciSpec): string[] {
  validate ??= compile()
  const valid = validate(JSON.parse(toJson(spec)))
  return valid ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
