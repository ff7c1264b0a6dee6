/** The modules a TypeScript or JavaScript source names, with their lines: import, export from, import() and require(). */
export function importsOf(source) {
  const text = blankComments(source)
  const pattern =
    /(?:^|[;\n])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|(?<!\.)(?:\bimport|\brequire|\brequire\.resolve|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]/g
  // a program in a template string may import what a placeholder says: nothing is known of that
  return Array.from(text.matchAll(pattern), (match) => ({
    specifier: match[1] ?? match[2],
    line: text.slice(0, match.index + match[0].length).split('\n').length,
  })).filter(({ specifier }) => !specifier.startsWith('${'))
}

/** Examples in documentation comments import too: they are no imports of the file. */
function blankComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))
}
