/** What every subject that can limits a command to. */
export const MEMORY_LIMIT = 64 * 1024 ** 2
export const PIDS_LIMIT = 32

/** Capabilities that Docker leaves to a container, and execd too. */
export const CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
] as const
