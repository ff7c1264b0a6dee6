export { errnoOf } from './errno-of.js'
