import test from 'node:test'
import { conformance, driverModule } from '@execd/conformance'

// Every rule of the contract that concerns the driver, by what it declares in src/capabilities.ts; what it declares absent is checked for its refusal.
// TODO: while you write a driver anew, begin with the first groups: `only: ['manifest', 'probe', 'lifecycle', 'exit', 'stdio']`.
// TODO: `leftovers` is for traces that only you know how to find (state folders, cgroups, mounts): a function that lists them.
await conformance({ test, ...(await driverModule('../dist/index.js', { from: import.meta.url })) })
