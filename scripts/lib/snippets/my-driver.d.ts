import { NoopDriver } from '@execd/core/driver'

/** The reader's own driver, where a block imports it. */
export class MyDriver extends NoopDriver {}
