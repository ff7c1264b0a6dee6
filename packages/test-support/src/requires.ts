import * as jest from '@jest/globals'
import { type Need, unmetReason } from './requirements.js'
import { skippedTitle } from './results.js'

/** What a test file gets from `requires`: jest's own functions, or skipping ones. */
export interface RequiringFunctions {
  /** `test` of jest with `each`, or one that only reports the test as skipped, with the reason in its title. */
  readonly test: TestFunction
  /** `describe` of jest with `each`, or one whose tests are all reported as skipped. */
  readonly describe: DescribeFunction
  /** Why the tests are skipped, or undefined when they run. */
  readonly skipped: string | undefined
}

type TestBody = () => unknown
type Table = readonly (readonly unknown[])[]

/** The part of jest's `test` that works the same whether the needs are met or not. */
export interface TestFunction {
  (title: string, body: TestBody, timeoutMs?: number): void
  /** One test for each row; the title takes printf marks for the row's values. */
  each<T extends readonly unknown[]>(
    table: readonly T[],
  ): (title: string, body: (...row: T) => unknown, timeoutMs?: number) => void
}

/** The part of jest's `describe` that works the same whether the needs are met or not. */
export interface DescribeFunction {
  (title: string, body: () => void): void
  /** One group for each row; the title takes printf marks for the row's values. */
  each<T extends readonly unknown[]>(table: readonly T[]): (title: string, body: (...row: T) => void) => void
}

/**
 * `const { test, describe } = requires('root', 'cgroups')`: tests that run only where the machine has what is named.
 * Elsewhere they are reported as skipped and their titles say what is missing and how to get it.
 */
export function requires(...needs: readonly Need[]): RequiringFunctions {
  const skipped = unmetReason(needs)
  return { test: testFor(skipped), describe: describeFor(skipped), skipped }
}

function titleFor(title: string, skipped: string | undefined): string {
  return skipped === undefined ? title : skippedTitle(title, skipped)
}

function testFor(skipped: string | undefined): TestFunction {
  const base = skipped === undefined ? jest.test : jest.test.skip
  const run = (title: string, body: TestBody, timeoutMs?: number): void => {
    base(titleFor(title, skipped), async () => void (await body()), timeoutMs)
  }
  const each = <T extends readonly unknown[]>(table: readonly T[]) => {
    const rows = base.each(table as Table)
    return (title: string, body: (...row: T) => unknown, timeoutMs?: number): void => {
      const call = async (...row: readonly unknown[]) => void (await body(...(row as unknown as T)))
      rows(titleFor(title, skipped), call, timeoutMs)
    }
  }
  return Object.assign(run, { each })
}

function describeFor(skipped: string | undefined): DescribeFunction {
  const base = skipped === undefined ? jest.describe : jest.describe.skip
  const run = (title: string, body: () => void): void => base(titleFor(title, skipped), body)
  const each = <T extends readonly unknown[]>(table: readonly T[]) => {
    const rows = base.each(table as Table)
    return (title: string, body: (...row: T) => void): void => {
      rows(titleFor(title, skipped), (...row: readonly unknown[]) => body(...(row as unknown as T)))
    }
  }
  return Object.assign(run, { each })
}
