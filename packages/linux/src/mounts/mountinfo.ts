/** One mount of /proc/pid/mountinfo (proc_pid_mountinfo(5)). */
export interface MountInfo {
  /** Number of the mount, and of the one that it is mounted on. */
  readonly id: number
  readonly parent: number
  /** The folder of the file system that the mount shows as its top; of a cgroup file system a group. */
  readonly root: string
  /** Where it is mounted. */
  readonly mountPoint: string
  /** Options of the mount itself, such as "ro". */
  readonly options: readonly string[]
  /** In a peer group: mounts propagate from and to it. */
  readonly shared: boolean
  /** Mounts propagate to it from a peer group. */
  readonly slave: boolean
  /** Type of the file system, such as "cgroup2". */
  readonly type: string
  readonly source: string
  /** Options of the file system, such as "rw"; of a v1 hierarchy also its controllers. */
  readonly superOptions: readonly string[]
}

/** The mounts of a text of /proc/pid/mountinfo, in their order. Lines that are none are skipped. Pure. */
export function parseMountInfo(text: string): MountInfo[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const [id, parent, , root, mountPoint, options, ...optional] = left.split(' ')
    const [type = '', source = '', superOptions = ''] = right.split(' ')
    if (root === undefined || mountPoint === undefined || options === undefined) return []
    return [
      {
        id: Number(id),
        parent: Number(parent),
        root: unescapeOctal(root),
        mountPoint: unescapeOctal(mountPoint),
        options: options.split(','),
        shared: optional.some((field) => field.startsWith('shared:')),
        slave: optional.some((field) => field.startsWith('master:')),
        type,
        source: unescapeOctal(source),
        superOptions: superOptions.split(','),
      },
    ]
  })
}

/** Space, tab, newline and backslash are written as octal numbers (seq_path in fs/seq_file.c). */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
