/** Drivers published with execd, for hints only: nothing is ever loaded because of this list. */
export const KNOWN_DRIVERS: readonly string[] = ['native', 'lxc', 'oci']
