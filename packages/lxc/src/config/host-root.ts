import type { Rootfs } from '@execd/core/driver'
import { HOST_EMPTY, type RootEntry, shownEntries } from '@execd/linux/rootfs'
import { shellWord } from './lines.js'
import { HEAD, layer } from './scripts.js'

type HostRoot = Extract<Rootfs, { type: 'host' }>

const SAFE = 'nosuid,nodev'

/** Where the parts are put together. */
export interface HostRootPlaces {
  /** The folder that becomes the root. */
  readonly root: string
  /** Where the throw-away layer is mounted, which the root's own files are in too, so that one size holds for all. */
  readonly scratch: string
}

/**
 * Makes a root of the host's files at `root`, in the container's mount namespace: each top folder below a throw-away overlay, links as they are, and empty folders for
 * what a container never sees. A folder at a time, as an overlay of "/" shows none that is a file system of its own.
 */
export function hostRootScript(
  rootfs: HostRoot,
  entries: readonly RootEntry[],
  { root, scratch }: HostRootPlaces,
): string {
  const shown = shownEntries(entries)
  const size = rootfs.size === null ? '' : `,size=${rootfs.size}`
  const inRoot = (path: string): string => shellWord(`${root}/${path}`)
  const folders = shown
    .filter(({ kind }) => kind === 'directory')
    .flatMap(({ name }, index) => {
      const [upper, work] = [`${scratch}/upper-${index}`, `${scratch}/work-${index}`]
      const options = `${rootfs.readonly ? 'ro,' : ''}${SAFE},lowerdir=${layer(`/${name}`, 'rootfs')},upperdir=${upper},workdir=${work}`
      return [
        `mkdir ${shellWord(upper)} ${shellWord(work)} ${inRoot(name)}`,
        `mount -t overlay -o ${shellWord(options)} overlay ${inRoot(name)}`,
      ]
    })
  const links = shown.filter(({ kind }) => kind === 'symlink')
  return `${HEAD}umask 022
${[
  `mount -t tmpfs -o ${SAFE},mode=0755${size} execd ${shellWord(scratch)}`,
  `mkdir ${shellWord(`${scratch}/root`)}`,
  `mount --bind ${shellWord(`${scratch}/root`)} ${shellWord(root)}`,
  ...folders,
  ...links.map(({ name, target }) => `ln -s -- ${shellWord(target)} ${inRoot(name)}`),
  ...HOST_EMPTY.map(([path, mode]) => `mkdir -m ${mode.toString(8)} ${shellWord(`${root}${path}`)}`),
  `mkdir ${['dev', 'proc', 'sys'].map(inRoot).join(' ')}`,
].join('\n')}
`
}
