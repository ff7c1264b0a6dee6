import { describe, expect, test } from '@jest/globals'
import { startFailure } from '../dist/parse/failure.js'
import { LineReader, parseLogEvent, parseLogLine } from '../dist/parse/log.js'
import { decodeStatus, MESSAGE_SIZE, MonitorReader } from '../dist/parse/monitor.js'
import { parseVersion } from '../dist/parse/version.js'

// recorded from LXC 5.0.2 of Debian 12
const STARTED =
  'lxc-start c1 20261124070554.503 NOTICE   start - ../src/lxc/start.c:post_start:2205 - Started "sh" with pid "19091"'
const FAILED =
  'lxc-start c1 20261124070518.841 ERROR    start - ../src/lxc/start.c:start:2197 - No such file or directory - Failed to exec "nope"'

describe('the log', () => {
  test('lines', () => {
    expect(parseLogLine(FAILED)).toEqual({
      level: 'ERROR',
      where: 'start',
      message: 'No such file or directory - Failed to exec "nope"',
    })
    for (const text of ['', 'garbage', 'lxc-start: c1: start.c: start: 2197 x', `${' '.repeat(100)}x`])
      expect(parseLogLine(text)).toBeNull()
  })

  test('events', () => {
    expect(parseLogEvent(STARTED)).toEqual({ type: 'started', pid: 19091 })
    expect(parseLogEvent(FAILED)).toMatchObject({ type: 'problem', line: { where: 'start' } })
    expect(parseLogEvent(STARTED.replace('post_start', 'other'))).toBeNull()
    expect(parseLogEvent(STARTED.replace('"19091"', '"x"'))).toBeNull()
  })

  test('pieces become lines', () => {
    const reader = new LineReader(8)
    expect([
      reader.push('ab'),
      reader.push('c\nd\n'),
      reader.push('e'.repeat(20)),
      reader.push('\n'),
    ]).toEqual([[], ['abc', 'd'], [], ['e'.repeat(8)]])
  })
})

describe('messages of a monitor', () => {
  const message = (type: number, name: string, value: number): Buffer => {
    const buffer = Buffer.alloc(MESSAGE_SIZE)
    buffer.writeInt32LE(type, 0)
    buffer.write(name, 4)
    buffer.writeInt32LE(value, MESSAGE_SIZE - 4)
    return buffer
  }

  test('whole and in pieces', () => {
    const reader = new MonitorReader()
    const two = Buffer.concat([message(0, 'a', 2), message(2, 'b', 1792)])
    expect(reader.push(two.subarray(0, 300))).toEqual([{ type: 'state', name: 'a', value: 2 }])
    expect(reader.push(two.subarray(300))).toEqual([{ type: 'exit-code', name: 'b', value: 1792 }])
    expect(reader.push(message(77, 'x', 0))).toEqual([])
  })

  test('statuses', () => {
    expect([0, 1792, 9, 0x8b].map(decodeStatus)).toEqual([
      { code: 0, signal: null },
      { code: 7, signal: null },
      { code: null, signal: 9 },
      { code: null, signal: 11 },
    ])
  })
})

describe('versions', () => {
  test.each([
    ['5.0.2', 5],
    ['6.0.4\n', 6],
    ['lxc version: 1.0.8', 1],
    ['4.0.12-devel', 4],
  ])('%j', (text, major) => {
    expect(parseVersion(text)).toMatchObject({ major })
  })

  test.each(['', 'garbage', 'busybox 1.35.0 (Debian)', '5'])('%j is none', (text) => {
    expect(parseVersion(text)).toBeNull()
  })
})

describe('why a start failed', () => {
  const about = { tool: 'lxc-start', args: [], container: 'c1', ended: 'ended with 1' }
  const failure = (...messages: string[]) =>
    startFailure(
      messages.map((message) => ({ level: 'ERROR', where: 'x', message })),
      about,
    )

  test.each([
    ['No such file or directory - Failed to exec "nope"', 'EXECD_PROGRAM_NOT_FOUND', 127],
    ['Permission denied - Failed to exec "/etc/passwd"', 'EXECD_PROGRAM_NOT_EXECUTABLE', 126],
    ['Too many levels of symbolic links - Failed to exec "sh"', 'EXECD_PROGRAM_NOT_EXECUTABLE', 126],
  ])('%s', (message, code, exitCode) => {
    expect(failure('Something before', message)).toMatchObject({
      code,
      details: { exitCode, container: 'c1' },
    })
  })

  test.each([
    ['No such file or directory - Could not change directory to "/nodir"', 'EXECD_WORKING_DIRECTORY'],
    ['Failed to read seccomp policy', 'EXECD_SECCOMP'],
    ['Invalid argument - Failed to set "memory.limit_in_bytes" to "1"', 'EXECD_LIMIT'],
    ['Failed to attach "veth" to the bridge "br9"', 'EXECD_NETWORK'],
    ['No such file or directory - Failed to mount "/nothing" on "/x"', 'EXECD_MOUNT'],
    ['Something nobody has seen', 'EXECD_START_FAILED'],
  ])('%s', (message, code) => {
    expect(failure(message, 'Failed to spawn container "c1"')).toMatchObject({
      code,
      details: { log: [message, 'Failed to spawn container "c1"'] },
    })
  })

  test('without a log it says how the tool ended', () => {
    expect(startFailure([], about)).toMatchObject({
      code: 'EXECD_START_FAILED',
      message: expect.stringContaining('lxc-start ended with 1'),
    })
  })
})
