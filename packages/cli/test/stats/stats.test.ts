import { resolveCommand, type Stats } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { bytesText } from '../../dist/output/bytes.js'
import { coloursFor } from '../../dist/output/colours.js'
import { bar, inkFor, plot } from '../../dist/output/plot.js'
import { parseProcess, processRows, processTable } from '../../dist/stats/processes.js'
import { cpusBetween, limitsOf, networkTotal, type Row, rateBetween } from '../../dist/stats/row.js'
import { cut, Screen } from '../../dist/stats/screen.js'
import { statsTable } from '../../dist/stats/view.js'

const NONE = { failures: null, oomKills: null, peak: null, swap: null, detail: {} }
function sample(time: number, cpu: number, received: number): Stats {
  const link = { rxPackets: 0, rxErrors: 0, rxDropped: 0, txPackets: 0, txErrors: 0, txDropped: 0 }
  return {
    time,
    memory: { ...NONE, usage: 32 * 1024 ** 2, limit: 64 * 1024 ** 2 },
    cpu: { total: cpu, user: null, system: null, periods: null, throttledPeriods: null, throttledTime: null },
    pids: { current: 3, peak: null, limit: 32 },
    blockIO: null,
    network: [
      { ...link, name: 'lo', rxBytes: 999, txBytes: 999 },
      { ...link, name: 'eth0', rxBytes: received, txBytes: 0 },
    ],
  }
}
const [FIRST, SECOND] = [sample(1000, 0, 0), sample(3000, 1_000_000, 4096)]
const MACHINE = { cpus: 4, memory: 1024 ** 3 }

describe('figures', () => {
  test('are differences between samples', () => {
    expect(cpusBetween(FIRST, SECOND)).toBe(0.5)
    expect(cpusBetween(null, SECOND)).toBeNull()
    expect(rateBetween(FIRST, SECOND, networkTotal)).toEqual({ in: 2048, out: 0 })
    expect(rateBetween(null, SECOND, networkTotal)).toBeNull()
  })

  test('are parts of the limits, else of what the host has', () => {
    const limited = resolveCommand({
      rootfs: '/x',
      process: { args: ['x'] },
      resources: { cpu: { cpus: 0.5 }, memory: { limit: '8MiB' } },
    })
    expect(limitsOf(limited, null, MACHINE)).toEqual({ cpus: 0.5, memory: 8 * 1024 ** 2 })
    expect(limitsOf(limited, SECOND, MACHINE).memory).toBe(64 * 1024 ** 2)
    expect(limitsOf(null, null, MACHINE)).toEqual(MACHINE)
  })

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [150 * 1024 ** 2, '150 MiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })
})

describe('drawing', () => {
  const utf8 = inkFor({ LANG: 'de_DE.UTF-8' })
  const ascii = inkFor({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' })

  test('bars and plots, in blocks or in ASCII', () => {
    expect([bar(0.5, 4, utf8), bar(2, 4, ascii), bar(-1, 4, ascii)]).toEqual(['██░░', '####', '....'])
    expect(plot([0, 0.001, 0.5, 1], 6, utf8)).toBe('   ▁▄█')
    expect(plot([1, 1, 0], 2, ascii)).toBe('@ ')
  })

  const row: Row = {
    ...{ id: 'web', driver: 'd', stats: SECOND, cpus: 0.5, cpuLimit: 1, memoryLimit: 64 * 1024 ** 2 },
    ...{ network: { in: 2048, out: 0 }, disk: null, note: null, history: { cpu: [0.5], memory: [0.5] } },
  }
  const colours = coloursFor(process.stderr)

  test('a table with bars and plots, and a plain one', () => {
    const drawn = statsTable([row], { ink: ascii, colours, plots: 4 })
    expect(drawn).toContain(
      '#####..... 50.0%     +  #####..... 32.0 MiB / 64.0 MiB     +  3 / 32  2.0 KiB/s 0 B/s',
    )
    const plain = statsTable([row, { ...row, id: 'busy', stats: null, note: 'owned' }], {
      ink: null,
      colours,
      plots: 0,
    })
    expect(plain).toMatch(
      /^CONTAINER +CPU +MEMORY +PIDS +NET IN\/OUT +DISK R\/W\nweb +50\.0% +32\.0 MiB .* -\nbusy +owned\n$/,
    )
  })

  test('lines are cut at the edge, and drawn over those before', () => {
    expect(cut('\x1b[1mabc\x1b[0mdef', 4)).toBe('\x1b[1mabc\x1b[0md')
    const written: string[] = []
    const screen = new Screen(
      (text) => written.push(text),
      () => ({ rows: 3, columns: 2 }),
    )
    screen.draw('aaa\nb\nnot shown\n')
    screen.draw('c\n')
    expect(written).toEqual(['\raa\x1b[K\nb\x1b[K\n\x1b[J', '\x1b[2A\rc\x1b[K\n\x1b[J'])
  })
})

describe('processes', () => {
  const stat = `7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 ${120} ${30} 0 0 20 0`
  const status = 'Name:\ta) b\nVmRSS:\t  2048 kB\nNSpid:\t7\t1\n'

  test('are read from procfs, whatever their name', () => {
    const found = parseProcess(7, stat, status, 'sh\0-c\0x\0')
    expect(found).toEqual({
      pid: 7,
      inner: 1,
      cpuTime: 1500,
      resident: 2 * 1024 ** 2,
      state: 'S',
      words: 'sh -c x',
    })
    expect(parseProcess(7, stat, '', '').words).toBe('[a) b]')
  })

  test('their part of a processor is a difference', () => {
    const now = parseProcess(7, stat, status, 'x')
    const rows = processRows([{ ...now, cpuTime: 1000 }], [now, { ...now, pid: 8 }], 1000)
    expect(rows.map(({ cpus }) => cpus)).toEqual([0.5, null])
    expect(processTable(rows)).toMatch(/^PID +INSIDE .*\n7 +1 +S +50\.0% +2\.0 MiB +x\n8 /)
  })
})
