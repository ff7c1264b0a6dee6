import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRuntime } from '@execd/core'
import { BUSYBOX, type Workshop } from '../host/workshop.js'
import { commandFor, DEEDS } from './container.js'
import { calledByHand } from './lxc.js'
import { programSubject } from './program-subject.js'

const TEMPLATE = 'lxc-same'

/** What the driver wrote for a container: its state folder, as a copy. */
let template: Promise<{ readonly copy: string; readonly state: string }> | null = null

/** Lets the driver start one container, and copies all that it wrote for it while it runs. */
async function takeTemplate(workshop: Workshop): Promise<{ copy: string; state: string }> {
  const runtime = await createRuntime({
    driver: 'lxc',
    from: import.meta.url,
    driverOptions: { cgroupParent: `/${workshop.cgroup}` },
  })
  try {
    const container = await runtime.start(
      { id: TEMPLATE, ...commandFor(workshop, ['sleep', '1000']) },
      { stdio: 'ignore' },
    )
    const state = String((await container.info())?.details?.lxcPath)
    const copy = join(workshop.folder, `${TEMPLATE}-of-${process.pid}`)
    for (const part of [TEMPLATE, '.seccomp'])
      cpSync(join(state, part), join(copy, part), { recursive: true })
    await container.terminate()
    return { copy, state }
  } finally {
    await runtime.close()
  }
}

/** Puts the folder of a place in place of the driver's, in a file of the copy. */
function rewrite(path: string, change: (text: string) => string): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) rewrite(join(path, name), change)
  else writeFileSync(path, change(readFileSync(path, 'utf8')))
}

const home = ({ folder }: Workshop, number: number): string =>
  join(folder, `${TEMPLATE}-${process.pid}-${number}`)

/** The options of every tool of LXC for the container of a place. */
const containerOf = (workshop: Workshop, number: number): string[] => [
  '-P',
  home(workshop, number),
  '-n',
  TEMPLATE,
]

/** lxc-start typed by hand with the configuration that @execd/lxc writes, policy and hooks too: what the driver itself costs is the difference. */
export const lxcSame = programSubject({
  name: 'lxc-start-same',
  deeds: { ...DEEDS, result: 'neither output nor exit status' },
  place: async (workshop, applet, number) => {
    template ??= takeTemplate(workshop)
    const { copy, state } = await template
    const own = home(workshop, number)
    cpSync(copy, own, { recursive: true })
    await mkdir(join(own, '.root'), { recursive: true })
    const group = (text: string): string =>
      text.replaceAll(/lxc-same\.[^/\s]+/g, `lxc-same.${process.pid}-${number}`)
    rewrite(join(own, TEMPLATE), (text) => group(text.replaceAll(state, own)))
    const log = ['-o', join(own, 'log'), '-l', 'NOTICE']
    const options = ['-F', '-q', '-C', ...containerOf(workshop, number)]
    return [...options, '-f', join(own, TEMPLATE, 'config'), ...log, '--', BUSYBOX, ...applet]
  },
  ...calledByHand(containerOf),
})
