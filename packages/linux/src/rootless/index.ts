export {
  type IdMapping,
  type IdRange,
  isGranted,
  isMapped,
  ownIdAndRanges,
  parseSubIds,
  SUBID_HINT,
} from './id-ranges.js'
export { ownRuntimeFolder, runtimeFolder } from './runtime-folder.js'
export { userName } from './user-name.js'
