// Publishes what the version pull request prepared. Runs in the release workflow only, where npm trusts the job's identity.
import { run } from './lib/workspace.mjs'

const steps = [
  [process.execPath, ['scripts/build-helper.mjs', 'x64']],
  [process.execPath, ['scripts/build-helper.mjs', 'arm64', '--cross']],
  ['make', ['-C', 'packages/oci/helper', 'all', 'arm64']],
  [process.execPath, ['scripts/check.mjs', 'packages']],
  ['changeset', ['publish']],
]

for (const [program, args] of steps) {
  const status = run(program, args)
  if (status !== 0) process.exit(status)
}
