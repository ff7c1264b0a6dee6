/** A call as a filter sees it: struct seccomp_data. */
export interface SeccompData {
  readonly arch: number
  readonly number: number
  readonly args?: readonly bigint[]
}

export interface Verdict {
  readonly ret: number
  /** Instructions executed. */
  readonly steps: number
}

const U32 = 0xffff_ffff

/** Runs a classic BPF program over a call, instruction by instruction. Throws on anything the kernel would not have loaded. */
export function runFilter(program: Buffer, data: SeccompData): Verdict {
  const view = seccompData(data)
  const count = program.length / 8
  let accumulator = 0
  let at = 0
  for (let steps = 1; steps <= count; steps += 1) {
    if (at >= count) throw new RangeError(`instruction ${at} is past the end`)
    const code = program.readUInt16LE(at * 8)
    const jt = program.readUInt8(at * 8 + 2)
    const jf = program.readUInt8(at * 8 + 3)
    const k = program.readUInt32LE(at * 8 + 4)
    at += 1
    switch (code) {
      case 0x20: // ld [k]
        if (k % 4 !== 0 || k >= 64) throw new RangeError(`load of word ${k}`)
        accumulator = view.readUInt32LE(k)
        break
      case 0x54: // and #k
        accumulator = (accumulator & k) >>> 0
        break
      case 0x05: // ja +k
        at += k
        break
      case 0x15: // jeq
        at += accumulator === k ? jt : jf
        break
      case 0x25: // jgt
        at += accumulator > k ? jt : jf
        break
      case 0x35: // jge
        at += accumulator >= k ? jt : jf
        break
      case 0x45: // jset
        at += (accumulator & k) !== 0 ? jt : jf
        break
      case 0x06: // ret #k
        return { ret: k, steps }
      default:
        throw new RangeError(`instruction 0x${code.toString(16)} at ${at - 1}`)
    }
  }
  throw new RangeError('a program without loops ended without a return')
}

/** What the kernel checks when it loads a program (bpf_check_classic): known code, jumps inside, a return at the end. */
export function checkProgram(program: Buffer): void {
  const count = program.length / 8
  if (!Number.isInteger(count) || count < 1 || count > 4096) throw new RangeError(`${count} instructions`)
  for (let at = 0; at < count; at += 1) {
    const code = program.readUInt16LE(at * 8)
    const isJump = (code & 0x07) === 0x05
    const far =
      code === 0x05 ? [program.readUInt32LE(at * 8 + 4)] : [program[at * 8 + 2], program[at * 8 + 3]]
    if (isJump && far.some((offset) => at + (offset ?? 0) + 1 >= count)) throw new RangeError(`jump at ${at}`)
  }
  if (program.readUInt16LE((count - 1) * 8) !== 0x06)
    throw new RangeError('the last instruction is no return')
}

function seccompData({ arch, number, args = [] }: SeccompData): Buffer {
  const view = Buffer.alloc(64)
  view.writeUInt32LE((number & U32) >>> 0, 0)
  view.writeUInt32LE(arch, 4)
  args.forEach((value, index) => {
    view.writeBigUInt64LE(value, 16 + 8 * index)
  })
  return view
}
