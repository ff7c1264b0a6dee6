import { readFileSync } from 'node:fs'
import { UsageError } from '../usage-error.js'

/** What a file says: JSON when its name says so, else YAML, of which JSON is a part. "-" is stdin. */
export async function readCommandFile(path: string): Promise<unknown> {
  const text = readFileSync(path === '-' ? 0 : path, 'utf8')
  const name = path === '-' ? 'stdin' : path
  const isJson = name.endsWith('.json')
  const parse = isJson ? parseJson : (await import('yaml')).parse
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    const { message } = error as Error
    throw new UsageError(`--file: ${name} is no ${isJson ? 'JSON' : 'YAML'}: ${message.split('\n')[0]}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new UsageError(`--file: wanted an object in ${name}`, null, 'execd schema prints what it may hold')
}

function parseJson(text: string): unknown {
  return JSON.parse(text)
}
