import { allowsAll, type DeviceRule } from './device-rules.js'

/** Bytes of one struct bpf_insn. */
const BPF_INSN_SIZE = 8

/** What a program of type BPF_PROG_TYPE_CGROUP_DEVICE is told (struct bpf_cgroup_dev_ctx): three u32. */
const CONTEXT = { access: 0, major: 4, minor: 8 } as const

/** BPF_DEVCG_DEV_*: low 16 bits of the access word. */
const TYPE = { b: 1, c: 2 } as const
/** BPF_DEVCG_ACC_*: high 16 bits of the access word. */
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 }
const ALL_ACCESS = 7

const R0 = 0
const CTX = 1
const WANTED = 2
const KIND = 3
const MAJOR = 4
const MINOR = 5
const SCRATCH = 6

/** Opcodes of eBPF: LDX|MEM|W, ALU with immediate and register, JMP32|JNE, EXIT (linux/bpf.h, linux/bpf_common.h). */
const LDX_W = 0x61
const MOV_K = 0xb4
const MOV_X = 0xbc
const AND_K = 0x54
const RSH_K = 0x74
const JNE_K = 0x56
const JNE_X = 0x5e
const EXIT = 0x95

/**
 * The device filter of cgroup v2 as an eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE, attached with BPF_CGROUP_DEVICE): the same
 * decision as `isAllowed`. It ends with 1 to allow and 0 to deny. Null when everything is allowed: no program is needed. Pure.
 */
export function deviceProgram(rules: readonly DeviceRule[]): Buffer | null {
  if (allowsAll(rules)) return null
  const code: Buffer[] = [
    insn(LDX_W, WANTED, CTX, CONTEXT.access, 0),
    insn(MOV_X, KIND, WANTED, 0, 0),
    insn(AND_K, KIND, 0, 0, 0xffff),
    insn(RSH_K, WANTED, 0, 0, 16),
    insn(LDX_W, MAJOR, CTX, CONTEXT.major, 0),
    insn(LDX_W, MINOR, CTX, CONTEXT.minor, 0),
  ]
  for (const rule of rules) code.push(...ruleCode(rule))
  code.push(insn(MOV_K, R0, 0, 0, 0), insn(EXIT, 0, 0, 0, 0))
  return Buffer.concat(code)
}

/** One rule: skipped when something does not match, else the program ends with 1. */
function ruleCode(rule: DeviceRule): Buffer[] {
  const allow = [insn(MOV_K, R0, 0, 0, 1), insn(EXIT, 0, 0, 0, 0)]
  const checks: Buffer[] = []
  // Built from the end: a jump leads over what follows it and the two instructions that allow.
  const skip = () => checks.length + allow.length
  if (rule.minor !== null) checks.unshift(insn(JNE_K, MINOR, 0, skip(), rule.minor))
  if (rule.major !== null) checks.unshift(insn(JNE_K, MAJOR, 0, skip(), rule.major))
  const mask = [...rule.access].reduce((sum, letter) => sum | (ACCESS[letter] ?? 0), 0)
  if (mask !== ALL_ACCESS) {
    // Every wanted bit must be granted: wanted & granted == wanted.
    const compare = insn(JNE_X, SCRATCH, WANTED, skip(), 0)
    checks.unshift(insn(MOV_X, SCRATCH, WANTED, 0, 0), insn(AND_K, SCRATCH, 0, 0, mask), compare)
  }
  checks.unshift(insn(JNE_K, KIND, 0, skip(), TYPE[rule.type]))
  return [...checks, ...allow]
}

/** struct bpf_insn, little endian: u8 code, u8 registers (destination in the low half), s16 offset, s32 immediate. */
function insn(code: number, destination: number, source: number, offset: number, immediate: number): Buffer {
  const bytes = Buffer.alloc(BPF_INSN_SIZE)
  bytes.writeUInt8(code, 0)
  bytes.writeUInt8((source << 4) | destination, 1)
  bytes.writeInt16LE(offset, 2)
  bytes.writeInt32LE(immediate, 4)
  return bytes
}
