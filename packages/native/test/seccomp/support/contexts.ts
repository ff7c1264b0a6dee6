import type { SeccompContext } from '../../../dist/seccomp/index.js'

const names = (text: string) => text.split(' ').map((name) => `CAP_${name}`)

/** The bounding set of a container as Docker starts it. */
export const DEFAULT_CAPABILITIES = names(
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD ' +
    'AUDIT_WRITE SETFCAP',
)

/** Every capability that a rule of the default profile asks for. */
export const MANY_CAPABILITIES = [
  ...DEFAULT_CAPABILITIES,
  ...names(
    'DAC_READ_SEARCH SYS_ADMIN SYS_BOOT SYS_MODULE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_TIME SYS_TTY_CONFIG SYS_NICE ' +
      'SYSLOG BPF PERFMON',
  ),
]

export const X64: SeccompContext = { arch: 'x64', capabilities: DEFAULT_CAPABILITIES, kernel: '6.18.0' }
export const ARM64: SeccompContext = { ...X64, arch: 'arm64' }

export const AUDIT = { x86_64: 0xc000003e, i386: 0x40000003, arm64: 0xc00000b7, arm: 0x40000028 }

export const ALLOW = 0x7fff0000
export const KILL_PROCESS = 0x80000000
export const errno = (number: number) => 0x00050000 + number
export const EPERM = errno(1)
export const ENOSYS = errno(38)
