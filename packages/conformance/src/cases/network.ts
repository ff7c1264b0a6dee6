import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { present, same } from '../expect.js'
import { makeBridge } from '../host/bridge.js'

const NETWORK = '10.231.77'

/** Port of a server on an address of this host that says "reached" to who connects. */
async function server(after: CaseContext['after'], address = '127.0.0.1'): Promise<number> {
  const listening = createServer((socket) => socket.on('error', () => {}).end('reached'))
  after(() => new Promise((resolve) => listening.close(resolve)))
  await new Promise<void>((resolve, reject) => {
    listening.once('error', reject).listen(0, address, resolve)
  })
  const bound = listening.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

/** A script that connects to it and prints what it says. */
const connectScript = (port: number, address = '127.0.0.1'): string =>
  `sleep 0.3 | nc -w 1 ${address} ${port} 2>&1; exit 0`

/** Networks. */
export const networkCases: readonly Case[] = [
  {
    id: 'isolation.network-none',
    title: 'without a network there is nothing but lo, and no way to the host',
    needs: { fields: ['network.mode=none'] },
    async run({ inside, run, after }) {
      same((await inside()).interfaces, ['lo'], 'interfaces')
      const { stdout } = await run(connectScript(await server(after)))
      assert.ok(!stdout.includes('reached'), 'a server of the host was reached')
    },
  },
  {
    id: 'isolation.network-host',
    title: "the host's network is there when the command asks for it",
    needs: { fields: ['network.mode=host'] },
    async run({ run, after }) {
      const { stdout } = await run(connectScript(await server(after)), { network: { mode: 'host' } })
      assert.ok(stdout.includes('reached'), stdout)
    },
  },
  {
    id: 'isolation.network-bridge',
    title: 'an interface on a bridge has its name and address, and reaches the host over it',
    needs: { fields: ['network.mode=bridge', 'network.interfaces'] },
    async run({ inside, run, after }) {
      const bridge = makeBridge(`kit${process.pid}`, `${NETWORK}.1`)
      after(bridge.remove)
      const network = {
        mode: 'bridge' as const,
        interfaces: [{ name: 'kit0', bridge: bridge.name, address: `${NETWORK}.2` }],
      }
      const interfaces = present((await inside({ network })).interfaces, '/proc inside')
      same([...interfaces].sort(), ['kit0', 'lo'], 'interfaces')
      const port = await server(after, bridge.address)
      const { stdout } = await run(connectScript(port, bridge.address), { network })
      assert.ok(stdout.includes('reached'), `the address of the bridge is not reached: ${stdout}`)
    },
  },
]
