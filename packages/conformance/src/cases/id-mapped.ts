import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../case.js'
import type { More } from '../context.js'
import { same } from '../expect.js'

const MAPPED = ['namespaces.user=private', 'namespaces.uidMappings', 'namespaces.gidMappings']
/** Root inside is an ordinary user outside, to whom files of root would be somebody else's. */
const maps = [{ containerID: 0, hostID: 100_000, size: 65_536 }]
const namespaces: More['namespaces'] = { user: 'private', uidMappings: maps, gidMappings: maps }
const NOBODY = '65534'

/** That the owners of a root can be mapped. */
export const idMappedRootCase: Case = {
  id: 'rootfs.id-mapped',
  title: "files of a root whose ids are mapped are root's inside when they are root's outside",
  needs: { fields: ['rootfs.type=directory', 'rootfs.idmap', ...MAPPED] },
  async run({ run, rootfs }) {
    const owner = async (idmap: boolean): Promise<string> => {
      const root = { type: 'directory' as const, path: rootfs, idmap }
      const result = await run(['/bin/stat', '-c', '%u', '/etc/passwd'], { rootfs: root, namespaces })
      return result.stdout.trim()
    }
    same([await owner(false), await owner(true)], [NOBODY, '0'], 'owners without and with the option')
  },
}

/** That the owners of a mount can be mapped. */
export const idMappedMountCase: Case = {
  id: 'mounts.id-mapped',
  title: "files of a mount whose ids are mapped are root's inside when they are root's outside",
  needs: { fields: ['mounts=bind', 'mounts=idmap', ...MAPPED] },
  async run({ run, scratch }) {
    const source = scratch()
    writeFileSync(join(source, 'file'), '')
    const owner = async (options: string[]): Promise<string> => {
      const mounts = [{ type: 'bind' as const, source, destination: '/mnt', options }]
      return (await run(['/bin/stat', '-c', '%u', '/mnt/file'], { mounts, namespaces })).stdout.trim()
    }
    same([await owner([]), await owner(['ridmap'])], [NOBODY, '0'], 'owners without and with the option')
  },
}
