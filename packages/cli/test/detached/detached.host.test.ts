import { requires } from '@execd/test-support'
import { detachedSuite } from '../support/detached-suite.js'

detachedSuite('fake', requires('busybox', 'userns').test)
