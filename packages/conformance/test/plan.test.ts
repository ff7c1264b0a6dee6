import { readFileSync } from 'node:fs'
import { allCases, type Case, type Chosen, GROUPS, groupOf, runConformance } from '@execd/conformance'
import { FakeDriver } from '@execd/conformance/fake'
import { fieldKeys, OPTIONAL_VERBS } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { planCases } from '../dist/plan.js'

const cases = allCases({ leftovers: () => [] })

describe('the cases', () => {
  test('have ids of their own, in the order of the groups', () => {
    const ids = cases.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const places = ids.map((id) => GROUPS.indexOf(groupOf(id)))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect([...places].sort((a, b) => a - b)).toEqual(places)
  })

  test('cover every group but the refusals', () => {
    const groups = new Set(cases.map(({ id }) => groupOf(id)))
    expect(GROUPS.filter((group) => !groups.has(group))).toEqual(['refusals'])
  })

  test('are gated by keys of the contract only', () => {
    const fields = cases.flatMap(({ needs }: Case) => needs?.fields ?? [])
    const verbs = cases.flatMap(({ needs }: Case) => needs?.verbs ?? [])
    expect(fields.filter((key) => !fieldKeys().includes(key))).toEqual([])
    expect(verbs.filter((verb) => !OPTIONAL_VERBS.includes(verb))).toEqual([])
  })

  test('cover every field but those that hosts differ too much in, and those that all others stand on', () => {
    const fields = new Set(cases.flatMap(({ needs }: Case) => needs?.fields ?? []))
    expect(fieldKeys().filter((key) => !fields.has(key))).toEqual([
      'process.args',
      'process.apparmorProfile',
      'process.selinuxLabel',
      'namespaces.user=auto',
      'resources.blockIO.weightDevice',
      'mountLabel',
    ])
  })

  test('cover every optional verb', () => {
    const verbs = new Set(cases.flatMap(({ needs }: Case) => needs?.verbs ?? []))
    expect(OPTIONAL_VERBS.filter((verb) => !verbs.has(verb))).toEqual([])
  })

  test('leave leftovers out when nobody can tell of them', () => {
    expect(allCases({}).map(({ id }) => id)).not.toContain('cleanup.leftovers')
    expect(cases.map(({ id }) => id)).toContain('cleanup.leftovers')
  })

  test('that allow an exception are those of the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const section = readme.split('## Exceptions')[1]?.split('\n## ')[0] ?? ''
    const listed = [...section.matchAll(/^\| `([\w.-]+)` \|/gm)].map(([, id]) => id)
    expect(
      cases
        .filter(({ should }) => should === true)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(listed.sort())
  })
})

describe('the cases that are chosen', () => {
  const planned = (...only: Chosen[]) => {
    const { cases: some, skips } = planCases(cases, { fields: {}, verbs: {} }, only)
    return [...some, ...skips].map(({ id }) => id)
  }

  test('are those of groups, and single ones, in the order of all', () => {
    const cwd = cases.map(({ id }) => id).filter((id) => groupOf(id) === 'cwd')
    expect(planned('cwd', 'exit.codes')).toEqual(['exit.codes', ...cwd])
    expect(planned()).toEqual([])
  })

  test('are refused when there is none of the name', () => {
    for (const name of ['exit.nothing', 'nothing'] as Chosen[])
      expect(() => planned('cwd', name)).toThrow(
        expect.objectContaining({ code: 'EXECD_INVALID_OPTION', message: expect.stringContaining(name) }),
      )
  })

  test('are looked at before anything is made', async () => {
    let made = 0
    const rootfs = (): string => {
      made += 1
      return '/'
    }
    const only = ['nothing' as Chosen]
    await expect(
      runConformance({ createDriver: () => new FakeDriver(), rootfs, only }),
    ).rejects.toMatchObject({ code: 'EXECD_INVALID_OPTION' })
    expect(made).toBe(0)
  })
})
