import type { Operands } from '../types.js'

/** A container, by its id or the beginning of it. */
export const ONE_CONTAINER: Operands = { usage: 'CONTAINER', kind: 'container', min: 1, max: 1 }
export const CONTAINERS: Operands = { usage: 'CONTAINER...', kind: 'container', min: 1, max: null }
export const ANY_CONTAINERS: Operands = { usage: '[CONTAINER...]', kind: 'container', min: 0, max: null }
