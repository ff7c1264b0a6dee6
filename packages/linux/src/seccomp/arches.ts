/** The machines execd runs on, by Node's `process.arch`. */
export type SeccompMachine = 'arm64' | 'x64'

/** A system call table. x32 shares its audit architecture with x86_64 and sets bit 30 of the number. */
export type Table = 'arm' | 'arm64' | 'i386' | 'x32' | 'x86_64'

export const TABLES: readonly Table[] = ['x86_64', 'i386', 'x32', 'arm64', 'arm']

// asm/unistd.h: __X32_SYSCALL_BIT.
export const X32_BIT = 0x4000_0000

// linux/audit.h: the ELF machine, with __AUDIT_ARCH_LE and for 64 bits __AUDIT_ARCH_64BIT.
export const AUDIT_ARCH: Record<Table, number> = {
  x86_64: 0xc000_003e,
  x32: 0xc000_003e,
  i386: 0x4000_0003,
  arm64: 0xc000_00b7,
  arm: 0x4000_0028,
}

export interface MachineTables {
  /** GOARCH, as `includes.arches` has it. */
  readonly goarch: string
  readonly scmp: string
  readonly native: Table
  /** The other tables of this machine, by their names in a profile. */
  readonly foreign: Readonly<Record<string, Table>>
}

export const MACHINES: Record<SeccompMachine, MachineTables> = {
  x64: {
    goarch: 'amd64',
    scmp: 'SCMP_ARCH_X86_64',
    native: 'x86_64',
    foreign: { SCMP_ARCH_X86: 'i386', SCMP_ARCH_X32: 'x32' },
  },
  arm64: { goarch: 'arm64', scmp: 'SCMP_ARCH_AARCH64', native: 'arm64', foreign: { SCMP_ARCH_ARM: 'arm' } },
}

/** On these every argument has 32 bits. */
export function isNarrow(table: Table): boolean {
  return table === 'i386' || table === 'arm'
}

/** Architectures a profile may name. Those of other machines never show up here, so listing them changes nothing. */
export const SCMP_ARCHES: ReadonlySet<string> = new Set(
  (
    'X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE ' +
    'S390 S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB'
  )
    .split(' ')
    .map((name) => `SCMP_ARCH_${name}`),
)

export const GOARCHES: ReadonlySet<string> = new Set(
  (
    'amd64 x32 x86 386 arm arm64 mips mips64 mips64n32 mipsle mips64le mips64n32le mipsel mipsel64 mipsel64n32 ' +
    'ppc ppc64 ppc64le s390 s390x riscv64 loong64 loongarch64 parisc parisc64'
  ).split(' '),
)
