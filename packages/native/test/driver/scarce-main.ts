import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createRuntime, ExecdError } from '@execd/core'
import { native } from '@execd/native'

/** Uses up the descriptors of this process, tries to start at each step of giving some back, and says what happened. */
async function main(rootfs: string, cgroupParent: string, few: string): Promise<void> {
  const runtime = await createRuntime({ driver: native({ cgroupParent }) })
  const run = () => runtime.run({ rootfs, process: { args: ['echo', 'again'] } })
  await run()
  // not before: Node opens many files at a time while it loads modules
  execFileSync('prlimit', [`--pid=${process.pid}`, `--nofile=${few}`])
  const held: number[] = []
  try {
    for (;;) held.push(openSync('/dev/null', 'r'))
  } catch {
    // all are in use
  }
  const codes = new Set<string>()
  const errnos = new Set<unknown>()
  let after = ''
  while (after === '') {
    try {
      after = (await run()).stdout
    } catch (error) {
      codes.add(ExecdError.is(error) ? error.code : String(error))
      errnos.add(ExecdError.is(error) ? error.details.errno : 'none')
      const fd = held.pop()
      if (fd === undefined) break
      closeSync(fd)
    }
  }
  await runtime.close()
  process.stdout.write(JSON.stringify({ codes: [...codes], errnos: [...errnos], after }))
}

const [rootfs = '', parent = '', few = ''] = process.argv.slice(2)
await main(rootfs, parent, few)
