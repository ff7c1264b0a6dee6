import { createRuntime } from '@execd/core'
import { native } from '@execd/native'

/** Prepares containers, starts one, says so; then forgets about them (`leave`), or waits for its death. */
async function main(rootfs: string, cgroupParent: string, mark: string, how: string): Promise<void> {
  const driver = native({ cgroupParent, pool: { min: 3 } })
  const runtime = await createRuntime({ driver })
  const command = (script: string) => ({ rootfs, process: { args: ['sh', '-c', script] } })
  await driver.prepare(command('true'))
  if (how === 'leave') {
    const { stdout } = await runtime.run(command('echo ran'))
    process.stdout.write(stdout)
    return // no close: what is prepared must not keep this process alive, nor outlive it
  }
  await runtime.start(command(`sleep ${mark}`))
  process.stdout.write(`${JSON.stringify(driver.pool)}\n`)
  process.stdin.once('data', () => process.exit(3))
  setInterval(() => {}, 1000)
}

const [rootfs = '', parent = '', mark = '', how = ''] = process.argv.slice(2)
await main(rootfs, parent, mark, how)
