import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { copyOut } from '../../dist/run/streams.js'

test('a stream is copied to its end', async () => {
  const target = new PassThrough()
  await copyOut(Readable.from(['a', 'b']), target)
  target.end()
  expect(Buffer.concat(await target.toArray())).toEqual(Buffer.from('ab'))
})

test('one that had closed before is no reason to wait', async () => {
  const source = new Readable({ read: () => {} })
  source.destroy()
  await once(source, 'close')
  await copyOut(source, new PassThrough())
  await copyOut(null, new PassThrough())
})
