import { isNarrow, TABLES, type Table } from './arches.js'
import { readData } from './data-file.js'

/** How many of an argument's bits the kernel reads. */
export type Width = 16 | 32 | 64

/**
 * A row of data/syscalls.json, as of Linux 6.18: the call's number in each of TABLES (x32 without its bit 30, null where
 * there is none), then the bits of each argument that the kernel reads. In 64-bit tables `h` means 16, `i` 32 and `l` 64, which
 * goes for the rest too; in 32-bit tables `h` means 16 and `.` 32, like the rest.
 */
type Row = readonly [...numbers: (number | null)[], wide: string, narrow: string]

const WIDE = TABLES.length
const NARROW = WIDE + 1
// asm/unistd.h: x32 has its own entry points from 512 on, and those read registers as 32-bit code has them.
const X32_COMPAT = 512

const rows = memoize(() => readData('syscalls.json') as Readonly<Record<string, Row>>)

const numbersOf = memoize(() => {
  const calls = Object.values(rows())
  const inUse = (column: number) =>
    new Set(calls.map((row) => row[column]).filter((cell) => typeof cell === 'number'))
  return TABLES.map((_, column) => inUse(column))
})

/** Names of the calls of every table, as of Linux 6.18. */
export function syscallNames(): readonly string[] {
  return Object.keys(rows())
}

/** Whether any of the tables has a call of this name. */
export function isSyscall(name: string): boolean {
  return Object.hasOwn(rows(), name)
}

/** A call's number in a table, for x32 without its bit 30; undefined where the table has no such call. */
export function syscallNumber(table: Table, name: string): number | undefined {
  if (!isSyscall(name)) return undefined
  const number = rows()[name]?.[TABLES.indexOf(table)]
  return typeof number === 'number' ? number : undefined
}

/** Every number in use in a table. */
export function knownNumbers(table: Table): ReadonlySet<number> {
  return numbersOf()[TABLES.indexOf(table)] ?? new Set()
}

/**
 * How many bits of an argument the kernel reads. The entry code hands the kernel whole registers, and the call casts
 * each to its parameter's type: `socket(0x100000028, ...)` opens family 0x28. A filter that compares more bits than
 * the kernel reads can be passed by setting one of the others.
 */
export function argumentWidth(table: Table, name: string, index: number): Width {
  const isCompat = table === 'x32' && (syscallNumber(table, name) ?? 0) >= X32_COMPAT
  const full = isNarrow(table) || isCompat ? 32 : 64
  const letters = isSyscall(name) ? rows()[name]?.[isNarrow(table) ? NARROW : WIDE] : undefined
  const letter = typeof letters === 'string' ? letters[index] : undefined
  if (letter === 'h') return 16
  return letter === 'i' ? 32 : full
}

function memoize<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
