import { z } from 'zod'

const NO_NUL = 'wanted text without a NUL character (the kernel ends strings there)'
const WELL_FORMED = 'wanted well-formed text: half of a surrogate pair has no form in UTF-8'

/** Half of a surrogate pair would become U+FFFD on its way to the kernel: another path, another argument. */
const wellFormed = (value: string): boolean => !/\p{Surrogate}/u.test(value)

/** Text that may cross to the kernel: no NUL. */
export const text = z
  .string()
  .refine((value) => !value.includes('\0'), NO_NUL)
  .refine(wellFormed, WELL_FORMED)

/** Text of one line that may become part of a configuration file: no NUL, no line break. */
export const line = z
  .string()
  .refine((value) => !/[\0\r\n]/.test(value), 'wanted text without NUL and line breaks')
  .refine(wellFormed, WELL_FORMED)

/** An absolute, clean path: no `.`, `..` or empty component, no NUL. */
export const absolutePath = text
  .refine(
    (value) => value === '/' || (/^(\/[^/]+)+$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value)),
    'wanted an absolute path without ".", ".." or empty parts',
  )
  .meta({ title: 'absolute path' })

/** A container id: becomes the name of a cgroup and of a state folder, so no separators and no `.` or `..`. */
export const containerId = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/,
    'wanted 1 to 128 of A-Z a-z 0-9 _ . - and not "." or "-" first',
  )

const MAX_ID = 4294967294

/** A user or group id as the kernel takes it: 0 to 4294967294; (uid_t)-1 means "no change" to setuid(2) and is refused. */
export const numericId = z.number().int().min(0).max(MAX_ID)

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?$/

function isUserOrGroup(part: string): boolean {
  return /^\d{1,10}$/.test(part) ? Number(part) <= MAX_ID : NAME.test(part)
}

/** What is wanted where a user or a group is, in words. */
export const ID_WANTED = `a name or a number from 0 to ${MAX_ID}`
/** What is wanted where a user with or without a group is, in words. */
export const USER_WANTED = `"user" or "user:group", each ${ID_WANTED}`

/** A user or group by name or number. Digits are a number and never looked up as a name. */
export const userOrGroup = z.string().refine(isUserOrGroup, `wanted ${ID_WANTED}`)

/** `user` or `user:group`, each by name or number. */
export const userSpec = z.string().refine((value) => {
  const parts = value.split(':')
  return parts.length <= 2 && parts.every(isUserOrGroup)
}, `wanted ${USER_WANTED}`)
