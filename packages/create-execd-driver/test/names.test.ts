import { describe, expect, test } from '@jest/globals'
import { namesOf } from '../dist/names.js'

describe('a name', () => {
  test.each([
    ['foo', 'execd-driver-foo', 'foo', 'foo', 'Foo'],
    ['execd-driver-foo', 'execd-driver-foo', 'foo', 'foo', 'Foo'],
    ['my-new-vm', 'execd-driver-my-new-vm', 'my-new-vm', 'my-new-vm', 'MyNewVm'],
    ['@me/foo', '@me/foo', '@me/foo', 'foo', 'Foo'],
    ['@me/execd-driver-foo', '@me/execd-driver-foo', '@me/execd-driver-foo', 'foo', 'Foo'],
    ['@me/native', '@me/native', '@me/native', 'native', 'Native'],
  ])('%s is the package %s', (typed, packageName, userName, driver, className) => {
    expect(namesOf(typed)).toEqual({ packageName, userName, driver, className })
  })

  test.each([
    ['My Driver', /wanted 1 to 64 of a-z, 0-9 and "-", a letter first; did you mean "my-driver"\?/],
    ['1st', /a letter first; did you mean "st"\?/],
    ['', /a letter first$/],
    ['a/b/c', /wanted a name such as "foo" or "@scope\/foo"/],
    ['me/foo', /wanted a name such as/],
    ['native', /finds @execd\/native; choose another name/],
    ['execd-driver-oci', /finds @execd\/oci/],
    ['x'.repeat(65), /wanted 1 to 64/],
    [`@${'s'.repeat(200)}/${'x'.repeat(20)}`, /longer than npm allows/],
  ])('%p is refused', (typed, words) => {
    expect(() => namesOf(typed)).toThrow(words)
  })
})
