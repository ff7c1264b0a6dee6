export { type Found, lookup, readInRoot, resolveInRoot } from './lookup.js'
