// Thousands of containers, watching that nothing grows: node scripts/soak.mjs [one after the other] [waves of 200 at a time]
import { fail, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

if (process.geteuid() !== 0) fail('soak: run it as root')
setup('test', { filter: '@execd/native' })
const main = 'packages/native/dist-test/soak/soak-main.js'
process.exitCode = run(process.execPath, ['--expose-gc', main, ...process.argv.slice(2)])
