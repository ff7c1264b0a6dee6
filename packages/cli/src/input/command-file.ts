import { UsageError } from '../usage-error.js'
import { readText } from './read-text.js'

/** What a file says: JSON when its name says so, else YAML, of which JSON is a part. "-" is stdin. */
export async function readCommandFile(path: string): Promise<unknown> {
  const text = readText('file', path)
  const name = path === '-' ? 'stdin' : path
  const isJson = name.endsWith('.json')
  const parse = isJson ? parseJson : (await import('yaml')).parse
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    const [message] = (error as Error).message.split(/:?\n/)
    throw new UsageError(`--file: ${name} is no ${isJson ? 'JSON' : 'YAML'}: ${message}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new UsageError(`--file: wanted an object in ${name}`, null, 'execd schema prints what it may hold')
}

function parseJson(text: string): unknown {
  return JSON.parse(text)
}
