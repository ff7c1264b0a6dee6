import { ociSubject } from './oci.js'

/** runc, the OCI runtime in Go that Docker and containerd use. */
export const runc = ociSubject('runc')
