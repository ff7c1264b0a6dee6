import { requires } from '@execd/test-support'
import { detachedSuite } from '../support/detached-suite.js'

detachedSuite('native', requires('root', 'busybox', 'cgroups').test)
