// Writes the JSON Schema of a command next to the compiled code: node tools/write-schema.mjs
import { writeFileSync } from 'node:fs'
import { commandJsonSchema } from '../dist/command/json-schema.js'

const file = new URL('../dist/command.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(commandJsonSchema(), null, 2)}\n`)
