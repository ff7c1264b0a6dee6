import { ociSubject } from './oci.js'

/** crun, the OCI runtime in C that podman uses. */
export const crun = ociSubject('crun')
