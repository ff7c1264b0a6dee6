/** The command that a test runs in a container: the host seen from inside needs nothing to be prepared. */
const COMMAND = `{ rootfs: { type: 'host' }, process: { args: ['sh', '-c', 'echo hello'] } }`

/** What a program does with core and a driver; prints its findings as JSON. */
const BODY = (driver: string) => `
  const runtime = await createRuntime({ driver: ${driver} })
  const { stdout, exitCode } = await runtime.run(${COMMAND})
  await runtime.close()
  process.stdout.write(JSON.stringify({ driver: runtime.info().driver, stdout, exitCode }))
`

/** A program in ESM that runs the command over a driver. */
export const esm = (driver = "'native'"): string => `
import { createRuntime } from '@execd/core'
${BODY(driver)}`

/** The same in CommonJS, with require(). */
export const required = (driver = "'native'"): string => `
const { createRuntime } = require('@execd/core')
;(async () => {${BODY(driver)}})()`

/** The same in CommonJS, with import(). */
export const imported = (driver = "'native'"): string => `
;(async () => {
  const { createRuntime } = await import('@execd/core')
${BODY(driver)}})()`

/** A program that prints with which error a driver is refused. */
export const refusal = (driver: string): string => `
import { createRuntime } from '@execd/core'
await createRuntime({ driver: '${driver}' }).catch(({ code, message, hint }) => {
  process.stdout.write(JSON.stringify({ code, message, hint }))
})`

/** A program that prints with which error a command fails over the native driver, which it imports. */
export const failing = (driver: string): string => `
import { createRuntime } from '@execd/core'
import { native } from '@execd/native'
createRuntime({ driver: ${driver} })
  .then((runtime) => runtime.run(${COMMAND}))
  .then(({ reason }) => ({ reason }), ({ code, message, hint }) => ({ code, message, hint }))
  .then((found) => process.stdout.write(JSON.stringify(found)))`
