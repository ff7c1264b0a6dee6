import { parseNetDev, readNetwork } from '@execd/linux/proc'
import { describe, expect, test } from '@jest/globals'

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
eth0.1:1234567890123   2    3    4    5     6          7         8        9      10   11   12   13    14      15         16
`

describe('counters of interfaces', () => {
  test('eight numbers of what was received, eight of what was sent; a name may touch the first', () => {
    const [lo, eth] = parseNetDev(TEXT)
    expect(lo).toMatchObject({ name: 'lo', rxBytes: 0, txDropped: 0 })
    expect(eth).toEqual({
      name: 'eth0.1',
      rxBytes: 1_234_567_890_123,
      rxPackets: 2,
      rxErrors: 3,
      rxDropped: 4,
      txBytes: 9,
      txPackets: 10,
      txErrors: 11,
      txDropped: 12,
    })
    expect(parseNetDev(TEXT)).toHaveLength(2)
    expect(parseNetDev('')).toEqual([])
  })

  test('a process that is gone has none', async () => {
    expect(await readNetwork(2 ** 22 + 1)).toBeNull()
  })
})
