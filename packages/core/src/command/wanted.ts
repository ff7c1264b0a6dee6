import type { z } from 'zod'

type Issue = z.core.$ZodIssue

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
}

/** What a list of allowed values says, in words. */
export function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value))
  return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`
}

function bound(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const small = issue.code === 'too_small'
  const limit = small ? issue.minimum : issue.maximum
  const words = `${small ? 'at least' : 'at most'} ${limit}`
  if (issue.origin === 'array') return `${words} ${limit === 1 ? 'item' : 'items'}`
  return issue.origin === 'string' ? `${words} ${limit === 1 ? 'character' : 'characters'}` : words
}

/** What an issue says is wanted, in words. Messages of our own schemas start with "wanted"; the rest is put into the same form. */
export function wantedText(issue: Issue): string {
  if (issue.message.startsWith('wanted')) return issue.message.replace(/^wanted,? /, '')
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected
    case 'too_small':
    case 'too_big':
      return bound(issue)
    case 'invalid_value':
      return oneOf(issue.values)
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_union':
      return 'options' in issue && issue.options !== undefined
        ? oneOf(issue.options)
        : unionText(issue.errors)
    case 'invalid_key':
      return issue.issues.map(wantedText).join(', ')
    default:
      return issue.message
  }
}

function unionText(branches: readonly (readonly Issue[])[]): string {
  return [...new Set(branches.flatMap((issues) => issues.map(wantedText)))].join(' or ')
}
