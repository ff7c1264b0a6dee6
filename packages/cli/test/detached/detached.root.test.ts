import { requires } from '@execd/test-support'
import { describe } from '@jest/globals'
import { detachedSuite } from '../support/detached-suite.js'

const needs = ['root', 'busybox', 'cgroups'] as const

describe('native', () => detachedSuite({ name: 'native' }, requires(...needs).test))

describe('lxc', () => detachedSuite({ name: 'lxc' }, requires(...needs, 'lxc').test))

describe('oci', () => {
  detachedSuite({ name: 'oci', options: { runtime: 'crun' } }, requires(...needs, 'crun').test)
})
