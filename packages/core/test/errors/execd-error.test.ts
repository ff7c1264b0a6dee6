import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CATALOG, ERROR_CODES } from '../../dist/errors/catalog.js'
import { ExecdError, messageOf } from '../../dist/errors/execd-error.js'
import { toExecdError } from '../../dist/errors/to-execd-error.js'

test('has the hint of the catalogue, or its own', () => {
  expect(new ExecdError('EXECD_CLOSED', 'closed').hint).toBe(CATALOG.EXECD_CLOSED.hint)
  expect(new ExecdError('EXECD_CLOSED', 'closed', { hint: 'open it' }).hint).toBe('open it')
})

test('is an Error with a stack, a name, details and a cause', () => {
  const cause = { code: 'ENOENT', message: 'gone' }
  const error = new ExecdError('EXECD_ROOTFS', 'no root', {
    details: { path: 'rootfs', errno: 'ENOENT' },
    cause,
  })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'ExecdError',
    code: 'EXECD_ROOTFS',
    message: 'no root',
    details: { path: 'rootfs', errno: 'ENOENT' },
  })
  expect(error.cause).toBe(cause)
  expect(error.stack).toContain('execd-error.test')
  expect('cause' in new ExecdError('EXECD_ROOTFS', 'x')).toBe(false)
  expect(new ExecdError('EXECD_ROOTFS', 'x').details).toEqual({})
})

test('printed, it shows code, hint and details', () => {
  const text = inspect(
    new ExecdError('EXECD_LIMIT', 'too small', { details: { path: 'resources.pids.limit' } }),
  )
  for (const part of [
    'ExecdError: too small',
    "code: 'EXECD_LIMIT'",
    'hint: ',
    "path: 'resources.pids.limit'",
  ])
    expect(text).toContain(part)
  expect(text).not.toContain('execd.error')
})

describe('recognised by its brand', () => {
  const error = new ExecdError('EXECD_CLOSED', 'closed')

  test('is() and instanceof', () => {
    expect(ExecdError.is(error)).toBe(true)
    expect(ExecdError.is(error, 'EXECD_CLOSED')).toBe(true)
    expect(ExecdError.is(error, 'EXECD_LIMIT')).toBe(false)
    expect(error instanceof ExecdError).toBe(true)
  })

  test.each([undefined, null, 'EXECD_CLOSED', {}, { code: 'EXECD_CLOSED' }, new Error('x')])(
    'not %p',
    (value) => {
      expect(ExecdError.is(value)).toBe(false)
      expect((value as unknown) instanceof ExecdError).toBe(false)
    },
  )

  describe('another copy of the package', () => {
    let folder: string
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'execd-copy-'))
      cpSync(new URL('../../dist/errors', import.meta.url), folder, { recursive: true })
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    test('each knows the errors of the other', async () => {
      const other = (await import(pathToFileURL(join(folder, 'execd-error.js')).href)) as {
        ExecdError: typeof ExecdError
      }
      expect(other.ExecdError).not.toBe(ExecdError)
      const theirs = new other.ExecdError('EXECD_LIMIT', 'x')
      expect(ExecdError.is(theirs, 'EXECD_LIMIT')).toBe(true)
      expect(theirs instanceof ExecdError).toBe(true)
      expect(error instanceof other.ExecdError).toBe(true)
      expect(toExecdError(theirs, 'd')).toBe(theirs)
    })
  })
})

describe('toJSON', () => {
  test('is plain, without a stack', () => {
    const error = new ExecdError('EXECD_LIMIT', 'm', { hint: 'h', details: { path: 'p' } })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'ExecdError',
      code: 'EXECD_LIMIT',
      message: 'm',
      hint: 'h',
      details: { path: 'p' },
    })
  })

  test.each([
    [
      'an error of execd',
      new ExecdError('EXECD_HOST', 'inner', { hint: 'h' }),
      { name: 'ExecdError', code: 'EXECD_HOST', message: 'inner', hint: 'h', details: {} },
    ],
    [
      'an error of the system',
      Object.assign(new Error('gone'), { code: 'ENOENT', env: { A: 'b' } }),
      { name: 'Error', code: 'ENOENT', message: 'gone' },
    ],
    ['a text', 'why', { message: 'why' }],
    ['null', null, { message: 'null' }],
  ])('reduces a cause that is %s', (_what, cause, plain) => {
    expect(JSON.parse(JSON.stringify(new ExecdError('EXECD_INTERNAL', 'm', { cause })))).toMatchObject({
      cause: plain,
    })
    expect(
      Object.keys(new ExecdError('EXECD_INTERNAL', 'm', { cause }).toJSON().cause as object).sort(),
    ).toEqual(Object.keys(plain).sort())
  })
})

describe('toExecdError', () => {
  test('gives errors of execd back as they are', () => {
    const error = new ExecdError('EXECD_LIMIT', 'x')
    expect(toExecdError(error, 'native')).toBe(error)
  })

  test.each([[new TypeError('boom')], [{ message: 'boom' }], ['boom']])('wraps %p', (value) => {
    const error = toExecdError(value, 'native')
    expect(error).toMatchObject({
      code: 'EXECD_INTERNAL',
      message: 'driver native failed: boom',
      details: { driver: 'native' },
    })
    expect(error.cause).toBe(value)
  })

  test.each([undefined, null, 5, Symbol('s')])('wraps %p, which is no error', (value) => {
    expect(toExecdError(value, 'd').code).toBe('EXECD_INTERNAL')
    expect(messageOf(value)).toBe(String(value))
  })
})

describe('the catalogue', () => {
  test.each(ERROR_CODES)('%s has a meaning that is a sentence and a hint that continues one', (code) => {
    expect(code).toMatch(/^EXECD(_[A-Z]+)+$/)
    expect(CATALOG[code].meaning).toMatch(/^[A-Z`].*\.$/s)
    expect(CATALOG[code].hint).toMatch(/^[a-z].*[^.]$/s)
  })

  test('no two hints and no two meanings are the same', () => {
    const texts = ERROR_CODES.flatMap((code) => [CATALOG[code].meaning, CATALOG[code].hint])
    expect(new Set(texts).size).toBe(texts.length)
  })
})
