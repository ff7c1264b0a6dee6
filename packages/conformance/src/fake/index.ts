export { FakeDriver, fakeDriver } from './fake-driver.js'
export type { FakeKnobs } from './knobs.js'
