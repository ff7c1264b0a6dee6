import { expect } from '@jest/globals'
import { namespaceOf } from '../driver/fields/field-case.js'
import { driverTests, failure, type Part } from '../driver/support/suite.js'

const mapped = (hostID: number) => ({
  user: 'private' as const,
  uidMappings: [{ containerID: 0, hostID, size: 5000 }],
  gidMappings: [{ containerID: 0, hostID, size: 5000 }],
})

driverTests('sharing and user namespaces', (suite, test) => {
  const shares: ReadonlyArray<readonly [string, (container: string) => Part]> = [
    ['namespaces.pid', (container) => ({ namespaces: { pid: { container } } })],
    ['namespaces.ipc', (container) => ({ namespaces: { ipc: { container } } })],
    ['namespaces.uts', (container) => ({ namespaces: { uts: { container } } })],
    ['network.container', (container) => ({ network: { mode: 'container', container } })],
  ]

  test.each(shares)('%s of a container with a user namespace of its own is refused', async (path, part) => {
    const { id } = await suite.idle({ namespaces: mapped(200_000) })
    const wanted = part(id)
    for (const namespaces of [{}, mapped(200_000), mapped(300_000)]) {
      const error = await failure(
        suite.sh('true', { ...wanted, namespaces: { ...wanted.namespaces, ...namespaces } }),
      )
      expect(error).toMatchObject({ code: 'EXECD_NAMESPACE', details: { path, got: id } })
      expect(error.hint).toMatch(/user: 'host'/)
    }
  })

  test("a container with a user namespace shares the network of one in the host's, and rules nothing of it", async () => {
    const peer = await suite.idle()
    const container = await suite.idle({
      namespaces: mapped(200_000),
      network: { mode: 'container', container: peer.id },
    })
    expect(namespaceOf(container.pid, 'net')).toBe(namespaceOf(peer.pid, 'net'))
    const execution = await container.exec({ args: ['ip', 'link', 'set', 'lo', 'down'] })
    expect((await execution.wait()).exitCode).not.toBe(0)
  })
})
