const SCRIPT = /^(js|javascript|mjs|cjs|typescript|tsx?)$/

/**
 * The ```ts blocks of a Markdown text, each as a module on the lines that it has in the page, and what is wrong with others: code of this kind goes by the name "ts",
 * so that none escapes. Pure.
 */
export function blocksOf(file, text) {
  const blocks = []
  const problems = []
  let open = null
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^ {0,3}```(\S*)/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === null) open = { language: fence[1], start: index + 1, lines: [] }
    else {
      const { language, start, lines } = open
      open = null
      if (language === 'ts') {
        const source = `${'\n'.repeat(start)}${lines.join('\n')}\nexport {}\n`
        blocks.push({ file, start, source })
      } else if (SCRIPT.test(language))
        problems.push(`${file}:${start}: a block of ${language}: name it ts, so that it is compiled`)
    }
  }
  return { blocks, problems }
}

/** Name of the file of a block. Pure. */
export function snippetName({ file, start }) {
  return `${file.replaceAll('/', '~')}~${start}.ts`
}

/** A line of the compiler's, with the page instead of the file. Pure. */
export function originOf(line) {
  const found = /^pages\/(?<name>.+?\.md)~\d+\.ts\((?<at>\d+),\d+\): (?<words>.*)$/.exec(line)
  if (found === null) return line
  const { name, at, words } = found.groups
  return `${name.replaceAll('~', '/')}:${at}: ${words}`
}
