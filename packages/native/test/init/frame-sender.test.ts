import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { FrameSender } from '../../dist/init/frame-sender.js'
import { SyscallError, type Syscalls } from '../../dist/sys/syscalls.js'

/** A socket that takes so many bytes at each call; null: nobody is there. */
function socket(takes: Array<number | null>): { sys: Syscalls; got: string[] } {
  const got: string[] = []
  const send = (_fd: number, data: Buffer): number => {
    const most = takes.length > 0 ? takes.shift() : data.length
    if (most == null) throw new SyscallError('send', 32)
    const taken = Math.min(most, data.length)
    got.push(data.toString('latin1', 0, taken))
    return taken
  }
  return { sys: { send } as unknown as Syscalls, got }
}

test('a full socket is asked again, and the order stays', async () => {
  const { sys, got } = socket([3, 0, 2])
  const sender = new FrameSender(sys, 5, () => true)
  sender.send(Buffer.from('first'))
  sender.send(Buffer.from('second'))
  await sleep(50)
  expect(got.join('')).toBe('firstsecond')
})

test('nothing is thrown and nothing more is sent when nobody reads', async () => {
  const { sys, got } = socket([2, null])
  const sender = new FrameSender(sys, 5, () => true)
  sender.send(Buffer.from('first'))
  sender.send(Buffer.from('second'))
  await sleep(50)
  expect(got).toEqual(['fi'])
})

test('a descriptor that is no longer the socket is left alone', async () => {
  let open = true
  const { sys, got } = socket([1])
  const sender = new FrameSender(sys, 5, () => open)
  sender.send(Buffer.from('first'))
  open = false
  await sleep(50)
  sender.send(Buffer.from('second'))
  expect(got).toEqual(['f'])
})
