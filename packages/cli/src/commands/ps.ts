import type { Known } from '../detached/known.js'
import { allKnown } from '../detached/reach.js'
import { ago } from '../output/ago.js'
import { print, printJson } from '../output/print.js'
import { table } from '../output/table.js'
import type { Action } from '../table/types.js'

const HEAD = ['CONTAINER', 'DRIVER', 'STARTED', 'STATUS', 'OWNER', 'COMMAND']
const WIDEST = 40

export const action: Action = async ({ given }) => {
  const all = await allKnown(given)
  const shown = given.on('all')
    ? all
    : all.filter(({ status }) => status === 'running' || status === 'paused')
  if (given.on('json')) await printJson(shown.map(summaryOf))
  else if (given.on('quiet')) await print(shown.map(({ id }) => `${id}\n`).join(''))
  else
    await print(
      table(
        HEAD,
        shown.map((known) => rowOf(known, given.on('no-trunc'))),
      ),
    )
  return 0
}

function summaryOf({ id, driver, status, pid, owner, startedAt, exit, command }: Known) {
  const { args = [] } = command?.process ?? {}
  return { id, driver, status, pid, owner, startedAt, exit, args, labels: command?.labels ?? {} }
}

function rowOf(known: Known, whole: boolean): string[] {
  const { id, driver, startedAt, owner } = known
  const words = (known.command?.process.args ?? []).map(shellWord).join(' ')
  const shown = whole || words.length <= WIDEST ? words : `${words.slice(0, WIDEST - 3)}...`
  const started = startedAt === null ? '' : ago(Date.now() - startedAt)
  return [id, driver, started, statusText(known), owner === null ? '' : String(owner), shown]
}

function statusText({ status, exit, verdict }: Known): string {
  if (status !== 'exited' || exit === null) return status
  const how = exit.signal ?? exit.exitCode
  return verdict === null || verdict.reason === 'exited' || verdict.reason === 'signaled'
    ? `exited (${how})`
    : `exited (${how}, ${verdict.reason})`
}

/** A word as a shell would take it back. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''").replaceAll('\n', '\\n')}'`
}
