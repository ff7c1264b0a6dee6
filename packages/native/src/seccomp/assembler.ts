// linux/bpf_common.h
const LD_W_ABS = 0x20
const JA = 0x05
const RET_K = 0x06
const ALU_AND_K = 0x54
export const JEQ = 0x15
export const JGT = 0x25
export const JGE = 0x35
export const JSET = 0x45

/** BPF_MAXINSNS of linux/bpf_common.h: the kernel takes no longer program. */
export const MAX_INSTRUCTIONS = 4096
const BYTES = 8

// Jump offsets have 8 bits. One is kept back: a trampoline for the other target moves this one away by one.
const REACH = 254

/** An instruction, by its place counted from the end of the program. */
export type Node = number

interface Instruction {
  readonly code: number
  readonly k: number
  readonly jt: number
  readonly jf: number
}

/**
 * Puts a classic BPF program together from its end to its beginning: jumps lead forward only, so every target exists
 * before the jump. Equal code is emitted once as long as jumps can reach it.
 */
export class Assembler {
  readonly #reversed: Instruction[] = []
  readonly #emitted = new Map<string, Node>()

  ret(value: number): Node {
    return this.#once(`ret ${value}`, () => this.#push(RET_K, value))
  }

  /** Loads a word of struct seccomp_data, then goes on. */
  load(word: number, next: Node): Node {
    return this.#once(`ld ${word} ${next}`, () => {
      this.#adjoin(next)
      return this.#push(LD_W_ABS, word)
    })
  }

  and(mask: number, next: Node): Node {
    return this.#once(`and ${mask} ${next}`, () => {
      this.#adjoin(next)
      return this.#push(ALU_AND_K, mask)
    })
  }

  branch(code: number, k: number, yes: Node, no: Node): Node {
    if (yes === no) return yes
    return this.#once(`${code} ${k} ${yes} ${no}`, () => {
      const jt = this.#bring(yes)
      const jf = this.#bring(no)
      return this.#push(code, k, this.#distance(jt), this.#distance(jf))
    })
  }

  /** The program, beginning with `entry`. */
  finish(entry: Node): Buffer {
    this.#adjoin(entry)
    const program = Buffer.alloc(this.#reversed.length * BYTES)
    this.#reversed.reverse().forEach(({ code, k, jt, jf }, index) => {
      const at = index * BYTES
      program.writeUInt16LE(code, at)
      program.writeUInt8(jt, at + 2)
      program.writeUInt8(jf, at + 3)
      program.writeUInt32LE(k, at + 4)
    })
    return program
  }

  #once(key: string, emit: () => Node): Node {
    const before = this.#emitted.get(key)
    if (before !== undefined && this.#distance(before) < REACH) return before
    const node = emit()
    this.#emitted.set(key, node)
    return node
  }

  #push(code: number, k: number, jt = 0, jf = 0): Node {
    return this.#reversed.push({ code, k, jt, jf }) - 1
  }

  /** How far a jump emitted now would have to go. */
  #distance(target: Node): number {
    return this.#reversed.length - target - 1
  }

  /** Makes a target that a conditional jump can reach: a copy of a return, or a jump with 32 bits. */
  #bring(target: Node): Node {
    return this.#distance(target) <= REACH ? target : this.#trampoline(target)
  }

  /** Makes the next instruction to be emitted fall through to the target. */
  #adjoin(target: Node): void {
    if (this.#distance(target) > 0) this.#trampoline(target)
  }

  #trampoline(target: Node): Node {
    const instruction = this.#reversed[target]
    if (instruction?.code === RET_K) return this.#push(RET_K, instruction.k)
    return this.#push(JA, this.#distance(target))
  }
}
