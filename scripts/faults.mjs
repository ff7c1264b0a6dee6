// The long form of the native driver's fault tests: node scripts/faults.mjs [rounds of each fault] [seed]
import { fail, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

if (process.geteuid() !== 0) fail('faults: run it as root')
setup('test', { filter: '@execd/native' })
process.exitCode = run(process.execPath, [
  'packages/native/dist-test/faults/long-main.js',
  ...process.argv.slice(2),
])
