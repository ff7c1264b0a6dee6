import { describe, expect, test } from '@jest/globals'
import { tokenOfAside } from '../../dist/state/container-folder.js'
import { readState, stateText } from '../../dist/state/container-state.js'
import { parseWriter, thisProcess } from '../../dist/state/identity.js'
import { parseOwnerFile } from '../../dist/state/owner.js'
import { parseRecords } from '../../dist/state/record.js'
import { defaultStateDir } from '../../dist/state/state-root.js'
import { parseTag, tagText } from '../../dist/state/tags.js'

test.each([
  ['root, whatever the environment says', 0, '/x', '/run/execd/native'],
  ['a user with a runtime folder', 7, '/x', '/x/execd/native'],
  ['one without any', 7, null, '/tmp/execd-7/native'],
])('the folder by default of %s', (_, uid, folder, path) => {
  expect(defaultStateDir(uid, folder)).toBe(path)
})

describe('records', () => {
  test('name both processes; what is cut off or foreign is passed over', () => {
    expect(parseRecords('p 12 34 56 78\n9 8 7 6\nrubbish\n1 2 3\n5 6 7 8 x\n1 2 3 4')).toEqual([
      { prefix: 'p ', monitor: { pid: 12, startTime: 34n }, child: { pid: 56, startTime: 78n } },
      { prefix: '', monitor: { pid: 9, startTime: 8n }, child: { pid: 7, startTime: 6n } },
      { prefix: '', monitor: { pid: 1, startTime: 2n }, child: { pid: 3, startTime: 4n } },
    ])
    expect(parseRecords('')).toEqual([])
  })
})

describe('the file of an owner', () => {
  test('says who, where its groups are, and which processes no group holds', () => {
    const text = `${JSON.stringify(thisProcess())}\nparent "/a b"\nprocess 1 2 3 4\nparent {\nprocess 5 6\n`
    expect(parseOwnerFile(text)).toEqual({
      writer: thisProcess(),
      parents: ['/a b'],
      records: [{ prefix: 'process ', monitor: { pid: 1, startTime: 2n }, child: { pid: 3, startTime: 4n } }],
    })
  })

  test.each(['', '{', '7', '{"pid":1}', '{"pid":"1","startTime":"2","pidNamespace":"x","bootId":"y"}'])(
    'that is not whole says nothing: %p',
    (text) => {
      expect(parseOwnerFile(text)).toEqual({ writer: null, parents: [], records: [] })
      expect(parseWriter(text)).toBeNull()
    },
  )
})

describe('tags', () => {
  test('are read as they were written, and nothing else is one', () => {
    for (const tag of [{ owner: 'a1' }, { detached: 'b2' }]) expect(parseTag(tagText(tag))).toEqual(tag)
    for (const text of [null, '', 'owner', 'owned by me']) expect(parseTag(text)).toBeNull()
  })

  test('names of folders that are being made are no ids', () => {
    expect(tokenOfAside('.00ff-1-2')).toBe('00ff')
    for (const id of ['a', '00ff-1-2', '.git', '_x']) expect(tokenOfAside(id)).toBeNull()
  })
})

describe('what is written down of a container', () => {
  const frame = (...bytes: number[]) => Buffer.from([bytes.length, 0, 0, 0, ...bytes])
  const words = (...values: number[]) => [...Buffer.from(Int32Array.from(values).buffer)]
  const written = stateText({
    nonce: 'n',
    command: {} as never,
    io: {} as never,
    startedAt: 1,
    cgroups: null,
    userNamespace: null,
    links: [],
    reportKeys: [],
    steps: { 3: 'rmdir' },
  })
  const record = Buffer.from('1 2 3 4\n')
  const read = (state: string | null, more: { record?: Buffer; status?: Buffer } = {}) =>
    readState({
      state: state === null ? null : Buffer.from(state),
      record: more.record ?? null,
      status: more.status ?? null,
    })
  const changed = (writer: object, more: object = {}) => {
    const whole = JSON.parse(written) as { writer: object }
    return JSON.stringify({ ...whole, ...more, writer: { ...whole.writer, ...writer } })
  }

  test('is a container once its processes were written down', () => {
    expect(read(written).kind).toBe('void')
    expect(read(written, { record })).toMatchObject({
      kind: 'container',
      state: { nonce: 'n', steps: { 3: 'rmdir' } },
      record: { child: { pid: 3, startTime: 4n } },
      exited: null,
    })
  })

  test('with the status of its end has ended; with that of a failed start, or half a one, it has not', () => {
    const zeros = Array.from({ length: 32 }, () => 0)
    const exited = frame(4, ...words(1, 7, 0), ...zeros, ...words(1, 0, 0))
    expect(read(written, { record, status: exited })).toMatchObject({ exited: { code: 7, killed: true } })
    const failed = frame(3, ...words(-1, 0, 125, 0, 0, 0))
    expect(read(written, { record, status: failed }).kind).toBe('void')
    expect(read(written, { record, status: exited.subarray(0, 20) })).toMatchObject({ exited: null })
  })

  test.each([
    ['nothing', null, 'void'],
    ['no JSON', '{', 'void'],
    ['another boot', changed({ bootId: 'x' }), 'void'],
    ['another pid namespace', changed({ pidNamespace: 'pid:[1]' }), 'foreign'],
    ['a later version', changed({}, { version: 2 }), 'foreign'],
  ])('%s', (_, text, kind) => {
    expect(read(text, { record }).kind).toBe(kind)
  })
})
