import { expect, test } from '@jest/globals'
import { shellBlocks } from './blocks.js'

test('what is typed is told from what is printed', () => {
  const text = 'Words.\n\n```console\n$ one\nprinted\n$ two\n```\n\n```sh\n$ not one\n```\n'
  expect(shellBlocks(text)).toEqual([{ line: 4, shell: 'one\ntwo', output: 'printed\n' }])
})
