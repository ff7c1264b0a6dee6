import { ExecdError } from '@execd/core/driver'
import { errnoName } from '../init/errno.js'

const ESRCH = 3

/** What a monitor's answer to a signal means; null: it is gone. Throws EXECD_NOT_RUNNING or EXECD_PERMISSION. */
export function checkSignalled(pid: number, errno: number | null, ended: boolean): void {
  if (errno === 0) return
  if (errno === null || errno === ESRCH || ended) {
    throw new ExecdError('EXECD_NOT_RUNNING', `process ${pid} has ended`, { details: { driver: 'native' } })
  }
  throw new ExecdError('EXECD_PERMISSION', `could not send the signal: ${errnoName(errno)}`, {
    details: { driver: 'native', errno: errnoName(errno), syscall: 'kill' },
  })
}
