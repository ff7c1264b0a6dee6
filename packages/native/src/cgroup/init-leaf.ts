/** The group name of the first process (v2) below the container's group. */
export const INIT_LEAF = 'init'
