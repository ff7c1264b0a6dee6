import { spawn } from 'node:child_process'
import { closeSync, renameSync, writeFileSync, writeSync } from 'node:fs'

/** Descriptor that the launcher waits on. */
const GATE = 3

/** A process that outlives the driver's: it starts a detached program, tells its process id on the gate, and keeps its end in a file. */
function main(): void {
  const [program = '', file = '', ...args] = process.argv.slice(2)
  const child = spawn(program, args, {
    stdio: ['inherit', 'inherit', 'inherit', GATE],
    env: {},
    detached: true,
  })
  child.once('exit', (exitCode, signal) => {
    writeFileSync(`${file}.new`, JSON.stringify({ exitCode, signal }))
    renameSync(`${file}.new`, file)
  })
  writeSync(GATE, `${child.pid}\n`)
  closeSync(GATE)
}

main()
