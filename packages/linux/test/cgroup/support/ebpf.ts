const TYPE = { b: 1, c: 2 }
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 }

/** Runs a program of type BPF_PROG_TYPE_CGROUP_DEVICE for one access; instructions that it may not use are an error. */
export function runDeviceProgram(
  program: Buffer,
  device: {
    readonly type: 'b' | 'c'
    readonly major: number
    readonly minor: number
    readonly access: string
  },
): boolean {
  const access = [...device.access].reduce((sum, letter) => sum | (ACCESS[letter] ?? 0), 0)
  const context = [((access << 16) | TYPE[device.type]) >>> 0, device.major, device.minor]
  const registers: (number | undefined)[] = Array.from({ length: 11 })
  const get = (register: number): number => {
    const value = registers[register]
    if (value === undefined) throw new Error(`register ${register} is read before it is set`)
    return value
  }
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt8(at * 8)
    const [destination, source] = [program.readUInt8(at * 8 + 1) & 15, program.readUInt8(at * 8 + 1) >> 4]
    const offset = program.readInt16LE(at * 8 + 2)
    const immediate = program.readInt32LE(at * 8 + 4)
    if (code === 0x61) registers[destination] = source === 1 ? context[offset / 4] : undefined
    else if (code === 0xb4) registers[destination] = immediate >>> 0
    else if (code === 0xbc) registers[destination] = get(source)
    else if (code === 0x54) registers[destination] = (get(destination) & immediate) >>> 0
    else if (code === 0x74) registers[destination] = get(destination) >>> immediate
    else if (code === 0x56) at += get(destination) === immediate >>> 0 ? 0 : offset
    else if (code === 0x5e) at += get(destination) === get(source) ? 0 : offset
    else if (code === 0x95) return get(0) === 1
    else throw new Error(`instruction ${at} has the code 0x${code.toString(16)}`)
  }
  throw new Error('the program runs over its end')
}
