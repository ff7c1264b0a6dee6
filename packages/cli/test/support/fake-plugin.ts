import { fakeDriver } from '@execd/conformance/fake'

/** Detached containers without isolation, on any machine with a static busybox. */
export default fakeDriver
