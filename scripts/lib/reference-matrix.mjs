// docs/reference/drivers.md: every driver by every capability, with the differences that it declares.
import { columnsOf } from './reference-support.mjs'
import { row } from './reference-table.mjs'

/** The page. `drivers` has each driver's pure function from a host to its capabilities; `keys` every field, `verbs` every optional verb there is. */
export function matrixPage(drivers, keys, verbs) {
  const found = Object.entries(drivers).map(([name, capabilitiesOf]) => ({
    name,
    hosts: columnsOf([name, capabilitiesOf]),
  }))
  const names = found.map(({ name }) => name)
  const table = (what, all, pick) =>
    [
      row([what, ...names]),
      row(['---', ...names.map(() => '---')]),
      ...all.map((key) =>
        row([`\`${key}\``, ...found.map(({ hosts }) => cell(hosts, (host) => pick(host)[key]))]),
      ),
    ].join('\n')
  return `# Drivers by capability

Written from the drivers by \`scripts/generate-docs.mjs\`; do not edit. "yes" means that it takes effect, "no" that it is refused before anything starts. Numbers say on which kinds of host; reasons are in [support.md](support.md).

${row(['driver', 'kinds of host'])}
${row(['---', '---'])}
${found.map(({ name, hosts }) => row([name, hosts.map((host, index) => `${index + 1}: ${host.name}`).join('; ')])).join('\n')}

## Verbs

Owed by every driver: run, kill, terminate, clean, info, probe, capabilities, the list of process ids.

${table('verb', verbs, (host) => host.verbs)}

## Fields

${table('field', keys, (host) => host.fields)}

## Exceptions

Rules of the [contract](../drivers/contract.md#exceptions) that a driver declares not to keep wholly. The kit holds it to what it declares.

${exceptions(found)}
`
}

function cell(hosts, support) {
  const done = hosts.flatMap((host, index) => (support(host) === true ? [index + 1] : []))
  if (done.length === hosts.length) return 'yes'
  return done.length === 0 ? 'no' : done.join(', ')
}

/** Of the kind of host that has most: exceptions are of the driver, not of the host. */
function exceptions(found) {
  const rows = found.flatMap(({ name, hosts }) =>
    Object.entries(hosts[0].exceptions ?? {}).map(([rule, { reason }]) => row([name, `\`${rule}\``, reason])),
  )
  return rows.length === 0
    ? 'None.'
    : [row(['driver', 'rule', 'what differs']), row(['---', '---', '---']), ...rows].join('\n')
}
