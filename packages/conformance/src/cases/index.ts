import type { Case } from '../case.js'
import type { KitOptions } from '../options.js'
import { cleanupCases } from './cleanup.js'
import { concurrencyCases } from './concurrency.js'
import { cwdCases } from './cwd.js'
import { envCases } from './env.js'
import { errorsCases } from './errors.js'
import { execCases } from './exec.js'
import { execResourcesCases } from './exec-resources.js'
import { exitCases } from './exit.js'
import { groupsCases } from './groups.js'
import { hooksCases } from './hooks.js'
import { idMappedMountCase, idMappedRootCase } from './id-mapped.js'
import { isolationCases } from './isolation.js'
import { joiningCases } from './joining.js'
import { lifecycleCases } from './lifecycle.js'
import { limitsCases } from './limits.js'
import { exceptionsCase, manifestCases } from './manifest.js'
import { mountsCases } from './mounts.js'
import { networkCases } from './network.js'
import { pauseCases } from './pause.js'
import { probeCases } from './probe.js'
import { processCases } from './process.js'
import { recoverCases } from './recover.js'
import { rootfsCases } from './rootfs.js'
import { rotateCases } from './rotate.js'
import { securityCases } from './security.js'
import { signalsCases } from './signals.js'
import { statsCases } from './stats.js'
import { stdioCases } from './stdio.js'
import { sweepCases } from './sweep.js'
import { terminalCases } from './terminal.js'
import { timeoutsCases } from './timeouts.js'
import { updateCases } from './update.js'
import { usersCases } from './users.js'

/** Every case but the refusals, which follow from what a driver declares absent; in the order in which they run. */
export function allCases(options: Pick<KitOptions, 'leftovers'>): readonly Case[] {
  const others: readonly Case[] = [
    probeCases,
    lifecycleCases,
    exitCases,
    stdioCases,
    rotateCases,
    envCases,
    cwdCases,
    usersCases,
    processCases,
    signalsCases,
    timeoutsCases,
    terminalCases,
    limitsCases,
    groupsCases,
    isolationCases,
    networkCases,
    joiningCases,
    securityCases,
    rootfsCases,
    idMappedRootCase,
    mountsCases,
    idMappedMountCase,
    execCases,
    execResourcesCases,
    pauseCases,
    updateCases,
    statsCases,
    hooksCases,
    recoverCases,
    sweepCases,
    concurrencyCases,
    errorsCases,
    cleanupCases(options),
  ].flat()
  return [...manifestCases, exceptionsCase([...manifestCases, ...others]), ...others]
}
