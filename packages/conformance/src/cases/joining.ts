import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import type { CaseContext, More } from '../context.js'
import { same } from '../expect.js'
import { linkOf } from '../host/processes.js'

type Namespace = 'pid' | 'ipc' | 'uts' | 'net'

/** How a command asks for the namespace of another container, by its id or by the path of its link. */
function asking(name: Namespace, peer: { readonly container: string } | { readonly path: string }): More {
  if (name !== 'net') return { namespaces: { [name]: peer } }
  return {
    network:
      'path' in peer ? { mode: 'path', path: peer.path } : { mode: 'container', container: peer.container },
  }
}

async function joins(
  { start, inside }: CaseContext,
  name: Namespace,
  by: 'container' | 'path',
): Promise<void> {
  const id = `kit-${name}-${by}`
  const first = await start('read line; exit 0', { id })
  const path = `/proc/${first.pid}/ns/${name}`
  const wanted = linkOf(path)
  const facts = await inside(asking(name, by === 'path' ? { path } : { container: id }))
  assert.equal(facts.namespaces[name], wanted)
  assert.notEqual(wanted, linkOf(`/proc/self/ns/${name}`))
  first.stdin?.end('go\n')
  same((await first.wait()).exitCode, 0, 'the exit code of the first container')
}

function joinCase(name: Namespace, by: 'container' | 'path'): Case {
  const fields =
    name === 'net'
      ? ['network.mode=none', `network.mode=${by}`, `network.${by}`]
      : [`namespaces.${name}=private`, `namespaces.${name}=${by}`]
  return {
    id: `isolation.join-${name}-${by}`,
    title: `the ${name} namespace of another container can be joined by its ${by === 'path' ? 'path' : 'id'}`,
    needs: { fields },
    run: (context) => joins(context, name, by),
  }
}

/** Namespaces that are shared with another container. */
export const joiningCases: readonly Case[] = (['pid', 'ipc', 'uts', 'net'] as const).flatMap((name) => [
  joinCase(name, 'container'),
  joinCase(name, 'path'),
])
