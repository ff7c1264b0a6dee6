export { ADMIN_FOLDERS, findProgram, searchFolders } from './find-program.js'
export { isStaticElf } from './static-elf.js'
