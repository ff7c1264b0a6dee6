export { HOST_EMPTY, type RootEntry, readRootEntries, shownEntries } from './host-root.js'
export { type Found, lookup, readInRoot, resolveInRoot } from './lookup.js'
