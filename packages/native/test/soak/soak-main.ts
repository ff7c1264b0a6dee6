import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRuntime, type Runtime } from '@execd/core'
import { native } from '@execd/native'
import { parentFolders, removeGroups } from '../driver/support/host-state.js'
import { makeRootfs, makeTemp } from '../driver/support/rootfs.js'
import { KINDS, type Kind } from '../faults/kinds.js'
import { growth, memoryGroups, type Sample, sample } from './sample.js'

const AT_ONCE = 200

async function runOne(runtime: Runtime, rootfs: string, kind: Kind, number: number): Promise<void> {
  const { process, ...rest } = kind
  const code = number % 256
  const command = {
    rootfs,
    ...rest,
    process: { args: ['sh', '-c', `echo ${number}; exit ${code}`], ...process },
  }
  const { reason, exitCode, stdout, cleanup } = await runtime.run(command)
  const right = reason === 'exited' && exitCode === code && stdout.trim() === String(number)
  if (!right || cleanup.length > 0)
    throw new Error(`container ${number}: ${JSON.stringify({ reason, exitCode, stdout, cleanup })}`)
}

const kindOf = (number: number): Kind => KINDS[number % KINDS.length] ?? {}

function print(one: Sample): void {
  const cells = Object.values(one).map((value) => String(value).padStart(11))
  process.stdout.write(`${cells.join('')}\n`)
}

/** `total` containers one after the other, then `waves` of 200 at a time; says what is held at each step, and fails where something grew. */
async function main(total: number, waves: number): Promise<void> {
  const parent = `/execd-test-${process.pid}-${randomBytes(4).toString('hex')}`
  const temp = makeTemp('soak')
  const rootfs = makeRootfs(join(temp, 'rootfs'))
  process.env.TMPDIR = join(temp, 'tmp')
  mkdirSync(process.env.TMPDIR)
  const runtime = await createRuntime({ driver: native({ cgroupParent: parent }) })
  const problems: string[] = []
  const start = performance.now()
  try {
    for (let number = 0; number < 200; number += 1) await runOne(runtime, rootfs, kindOf(number), number)
    const first = await sample(0, parent)
    process.stdout.write(
      `${Object.keys(first)
        .map((key) => key.padStart(11))
        .join('')}\n`,
    )
    print(first)
    const step = Math.max(1, Math.floor(total / 10))
    for (let number = 1; number <= total; number += 1) {
      await runOne(runtime, rootfs, kindOf(number), number)
      if (number % step === 0) print(await sample(number, parent))
    }
    problems.push(...growth(first, await sample(total, parent)))
    const seconds = (performance.now() - start) / 1000
    process.stdout.write(`${total} one after the other in ${seconds.toFixed(0)} s\n`)

    const wave = () =>
      Array.from({ length: AT_ONCE }, (_, number) => runOne(runtime, rootfs, kindOf(number), number))
    await Promise.all(wave())
    const second = await sample(AT_ONCE, parent)
    print(second)
    for (let number = 1; number < waves; number += 1) {
      await Promise.all(wave())
      print(await sample((number + 1) * AT_ONCE, parent))
    }
    problems.push(...growth(second, await sample(waves * AT_ONCE, parent)))
    process.stdout.write(
      `${waves} times ${AT_ONCE} at a time; memory groups of the kernel: ${memoryGroups()}\n`,
    )
  } finally {
    await runtime.close()
    removeGroups(parentFolders(parent))
    rmSync(temp, { recursive: true, force: true })
  }
  if (problems.length > 0) throw new Error(`something grew: ${problems.join(', ')}`)
  process.stdout.write('nothing grew\n')
}

const [total = '10000', waves = '10'] = process.argv.slice(2)
await main(Number(total), Number(waves))
