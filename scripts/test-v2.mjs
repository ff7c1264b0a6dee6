// The native driver's tests on cgroup v2 and AppArmor, in a virtual machine: as root, then as an ordinary user.
// usage: node scripts/test-v2.mjs [root|host|user [jest arguments]] | --run COMMAND...
import { requireGuest, runInGuest } from './lib/guest.mjs'
import { TEST_USER } from './lib/test-user.mjs'
import { fail, root } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

const TIMEOUT_MS = 60 * 60 * 1000
const PACKAGE = 'packages/native'
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`

/** What each part runs, in the guest. */
const PARTS = {
  root: (args) => `cd ${quote(`${root}/${PACKAGE}`)} && node_modules/.bin/execd-test root ${args}`,
  host: (args) => `cd ${quote(`${root}/${PACKAGE}`)} && node_modules/.bin/execd-test host ${args}`,
  user: (args) =>
    `PROJECT=${quote(root)} sh ${quote(`${root}/scripts/guest/as-user.sh`)} ${TEST_USER} ${PACKAGE} node_modules/.bin/execd-test host ${args}`,
}

function scriptOf([part, ...rest]) {
  const args = rest.map(quote).join(' ')
  if (part === '--run') return args
  if (part === undefined)
    return Object.values(PARTS)
      .map((run) => `(${run('')}) || status=1`)
      .join('\n')
  if (part in PARTS) return PARTS[part](args)
  return fail(`test:v2: unknown part ${part}: it is one of ${Object.keys(PARTS).join(', ')}, or --run`)
}

if (process.geteuid() !== 0) fail('test:v2: run it as root: the guest has the owners of this host’s files')
const script = scriptOf(process.argv.slice(2))
requireGuest()
setup('test')
const facts = 'uname -r; grep -c cgroup2 /proc/mounts; cat /sys/module/apparmor/parameters/enabled'
const node = `export PATH=${quote(process.env.PATH)}:$PATH EXECD_REQUIRE_ALL=1 EXECD_GUEST=1`
process.exitCode = await runInGuest(`${node}\n${facts}\nstatus=0\n${script}\nexit $((status | $?))\n`, {
  timeoutMs: TIMEOUT_MS,
})
