import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { commandJsonSchema } from '../../dist/command/json-schema.js'
import { resolveCommand } from '../../dist/command/resolve.js'

interface Node {
  readonly [key: string]: unknown
  readonly properties?: Readonly<Record<string, Node>>
}

const schema = commandJsonSchema() as Node
const root = schema.properties ?? {}

test('is draft 2020-12, wants rootfs and process, and allows no other names', () => {
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['rootfs', 'process'],
    additionalProperties: false,
  })
})

test('is plain JSON', () => {
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
})

test('is what the package publishes', () => {
  const file = new URL('../../dist/command.schema.json', import.meta.url)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema)
})

describe('the defaults in it are those of a resolved command', () => {
  const resolved = resolveCommand({ id: 'x', rootfs: '/', process: { args: ['a'] } }) as unknown as Readonly<
    Record<string, unknown>
  >

  function* defaults(
    path: string[],
    node: Node,
    value: unknown,
  ): Generator<[path: string, wanted: unknown, found: unknown]> {
    for (const [name, field] of Object.entries(node.properties ?? {})) {
      const inner = (value as Readonly<Record<string, unknown>>)[name]
      const place = [...path, name]
      if (field.properties !== undefined) yield* defaults(place, field, inner)
      else if ('default' in field && inner !== undefined) yield [place.join('.'), field.default, inner]
    }
  }

  const found = [...defaults([], schema, resolved)].filter(([path]) => path !== 'id')

  test('there are many', () => {
    expect(found.length).toBeGreaterThan(40)
  })

  test.each(found)('%s', (_path, wanted, value) => {
    expect(value).toEqual(wanted)
  })
})

test('sizes and paths are named', () => {
  expect(root.cgroupParent).toMatchObject({
    anyOf: [{ type: 'string', title: 'absolute path' }, { type: 'null' }],
  })
  const memory = root.resources?.properties?.memory?.properties
  expect(memory?.limit).toMatchObject({ anyOf: [{ title: 'size' }, { type: 'null' }], default: null })
})
